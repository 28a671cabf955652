/** What an absolute link into the store leads to. */
import type { LocalContent } from '../base/bytes.ts'
import type { StoreReader } from '../store/store.ts'
import { parseStorePath, type StorePath, storeDirectory } from '../store/store-path.ts'
import { type EntryPath, entryPathOf } from '../tree/path.ts'

/** A place inside an object. */
export interface StorePlace {
  readonly object: StorePath
  readonly path: EntryPath
}

/** The place that a link's target names; undefined outside the store. */
export function placeInStore(target: string): StorePlace | undefined {
  if (!target.startsWith(`${storeDirectory}/`)) return undefined
  const [base = '', ...rest] = target.slice(storeDirectory.length + 1).split('/')
  const object = parseStorePath(base)
  return object === undefined || rest.includes('..') ? undefined : { object, path: entryPathOf(rest.join('/')) }
}

/** The content of the file that a link leads to; undefined where it leads to none. */
export function fileInStore(target: string, store: StoreReader): LocalContent | undefined {
  const place = placeInStore(target)
  if (place === undefined || store.info(place.object) === undefined) return undefined
  const entry = store.tree(place.object).get(place.path)
  return entry?.kind === 'file' ? entry.content : undefined
}
