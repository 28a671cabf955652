/** Where `.deb`s are in the store. */
import { fixedPath, nameFrom, type StorePath } from '../store/store-path.ts'
import type { LockedPackage } from './lock/resolution.ts'

/** The store path of a `.deb`. */
export function debPath({ name, version, sha256 }: LockedPackage): StorePath {
  return fixedPath(nameFrom(`${name}-${version}`), sha256)
}
