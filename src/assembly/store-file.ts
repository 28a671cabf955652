/** Resolves absolute links into the store. */
import type { LocalContent } from '../base/bytes.ts'
import type { StoreReader } from '../store/store.ts'
import { parseStorePath, type StorePath, storeDirectory } from '../store/store-path.ts'
import { type EntryPath, entryPathOf } from '../tree/path.ts'

/** A path inside a store object. */
export interface StorePlace {
  readonly object: StorePath
  readonly path: EntryPath
}

/** Parses a link's target; undefined if it is outside the store. */
export function placeInStore(target: string): StorePlace | undefined {
  if (!target.startsWith(`${storeDirectory}/`)) return undefined
  const [base = '', ...rest] = target.slice(storeDirectory.length + 1).split('/')
  const object = parseStorePath(base)
  return object === undefined || rest.includes('..') ? undefined : { object, path: entryPathOf(rest.join('/')) }
}

/** Returns the content of the file that a link points to; undefined if it does not point to one. */
export function fileInStore(target: string, store: StoreReader): LocalContent | undefined {
  const place = placeInStore(target)
  if (place === undefined || store.info(place.object) === undefined) return undefined
  const entry = store.tree(place.object).get(place.path)
  return entry?.kind === 'file' ? entry.content : undefined
}
