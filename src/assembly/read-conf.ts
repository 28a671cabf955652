/** Reads the conf.json of an image from the store. */
import { isPlainObject } from '../base/document.ts'
import type { StoreReader } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { root } from '../tree/path.ts'
import type { Conf } from './conf.ts'
import { fromFormat1, isFormat1 } from './conf-1.ts'

/** Reads a conf of the current format or of format 1. */
export function readConf(store: StoreReader, path: StorePath): Conf {
  const bytes = store.tree(path).read(root)
  const value: unknown = bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString('utf8'))
  if (isConf(value)) return value
  if (isFormat1(value)) return fromFormat1(value, store)
  throw new Error(`unreachable: ${logical(path)} is not a conf`)
}

/** The store is trusted: its objects are checked when they are added. */
function isConf(value: unknown): value is Conf {
  return isPlainObject(value) && value.format === 2
}
