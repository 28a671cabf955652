/** Objects that are a single file: downloads, indexes, archives. */
import type { LocalContent } from '../base/bytes.ts'
import { root } from '../tree/path.ts'
import type { StoreReader } from './store.ts'
import type { StorePath } from './store-path.ts'

/** Content of an object that is a single file. */
export function flatContent(path: StorePath, store: Pick<StoreReader, 'tree'>): LocalContent {
  const content = store.tree(path).content(root)
  if (content === undefined) throw new Error(`unreachable: ${path} is not a file`)
  return content
}
