/** Store paths of `.deb`s. */
import { fixedPath, nameFrom, type StorePath } from '../store/store-path.ts'
import type { LockedPackage } from './lock/resolution.ts'

/** Store path of a `.deb`. */
export function debPath({ name, version, sha256 }: LockedPackage): StorePath {
  return fixedPath(nameFrom(`${name}-${version}`), sha256)
}
