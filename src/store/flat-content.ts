/** Objects that are one file: what was downloaded, indexes, archives. */
import type { LocalContent } from '../base/bytes.ts'
import type { StoreReader } from './store.ts'
import type { StorePath } from './store-path.ts'

/** The content of an object that is one file. */
export function flatContent(path: StorePath, store: Pick<StoreReader, 'tree'>): LocalContent {
  for (const entry of store.tree(path).entries()) if (entry.kind === 'file') return entry.content
  throw new Error(`unreachable: ${path} is no file`)
}
