/** Objects that are one file: what was downloaded, indexes, archives. */
import type { LocalContent } from '../base/bytes.ts'
import { root } from '../tree/path.ts'
import type { StoreReader } from './store.ts'
import type { StorePath } from './store-path.ts'

/** The content of an object that is one file. */
export function flatContent(path: StorePath, store: Pick<StoreReader, 'tree'>): LocalContent {
  const content = store.tree(path).content(root)
  if (content === undefined) throw new Error(`unreachable: ${path} is not a file`)
  return content
}
