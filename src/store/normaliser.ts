/**
 * How the packed archives of one packaging system become trees: what a store is handed when it unpacks one (unpack.ts).
 *
 * The name is part of what the unpacked form is called, of every layer recipe with such a package, and so of every conf: a normaliser that
 * gives other bytes has another name.
 */
import type { Bytes, LocalContent } from '../base/bytes.ts'
import type { Compression } from '../format/compression.ts'
import type { TarMember } from '../format/tar/member.ts'
import type { Entry } from '../tree/entry.ts'

/** Brings packed archives of one kind into normal form. */
export interface Normaliser {
  /** Lower-case letters, digits and hyphens, with a version: "deb-1". */
  readonly name: string
  /**
   * Opens a packed archive.
   *
   * @param bytes - the file, already verified.
   * @param file - what to call it in an error.
   * @throws BuildError archive.invalid, compression.corrupt
   */
  open(bytes: Bytes, file: string): Promise<PackedArchive>
}

/** An archive that is being unpacked; disposing of it lets the source clean up. Its parts are asked for in this order, each once. */
export interface PackedArchive extends AsyncDisposable {
  /** Its files as an uncompressed tar; ends in an error when the archive is cut short. */
  readonly data: AsyncIterable<Uint8Array>
  /** Where that lies in the file as it is packed, in bytes: a program may then decompress it. */
  readonly packed?: { readonly kind: Compression; readonly offset: number; readonly size: number }
  /**
   * The members by the names and with the metadata that they are to have; members that are left out are not in the package.
   *
   * @param content - reads one; to be called before the next member is asked for.
   */
  members(shipped: Iterable<TarMember>, content: (member: TarMember) => LocalContent): Iterable<TarMember>
  /** What is there besides. */
  entries(): readonly Entry[]
  /** Files by which the package describes itself: what `control()` of the store gives. */
  control(): ReadonlyMap<string, Uint8Array>
}

/** An unpacked package, with the name of the normaliser that unpacked it; empty in recipes of format 1, which had one. */
export type Unpacked = `unpacked:${string}`

/** How a package that a normaliser unpacked becomes files in an image. */
export function unpackedBy({ name }: Pick<Normaliser, 'name'>): Unpacked {
  return `unpacked:${name}`
}
