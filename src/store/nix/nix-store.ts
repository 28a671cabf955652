/** A machine's own Nix store, to be read: the same layout and the same schema as ours. */
import { type OpenReader, openReader } from '../disk-reader.ts'

/** Opens the Nix store below `root` (the machine's own is below "/"), for reading only. @throws BuildError store.absent */
export function openNixStore(root: string = '/'): OpenReader {
  return openReader(root)
}
