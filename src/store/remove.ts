/** Removes files of a store, including directories without write permission. */
import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { type EntryPath, join, root } from '../tree/path.ts'
import { placeOf } from '../tree/place.ts'

/** Removes the file or directory at `top` with its contents. Returns its size in bytes; 0 if it does not exist. */
export function removeTree(top: string): number {
  return removeBelow(top, root)
}

/** Total size of all files at or below `top`, in bytes. */
export function sizeOfTree(top: string): number {
  return sizeBelow(top, root)
}

function removeBelow(top: string, path: EntryPath): number {
  const place = placeOf(top, path)
  const stats = lstatSync(place, { throwIfNoEntry: false })
  if (stats === undefined) return 0
  if (!stats.isDirectory()) {
    unlinkSync(place)
    return stats.size
  }
  if ((stats.mode & 0o700) !== 0o700) chmodSync(place, 0o700)
  let bytes = 0
  for (const name of readdirSync(place, 'latin1')) bytes += removeBelow(top, join(path, name))
  rmdirSync(place)
  return bytes
}

function sizeBelow(top: string, path: EntryPath): number {
  const place = placeOf(top, path)
  const stats = lstatSync(place, { throwIfNoEntry: false })
  if (stats === undefined) return 0
  if (!stats.isDirectory()) return stats.size
  return readdirSync(place, 'latin1').reduce((bytes, name) => bytes + sizeBelow(top, join(path, name)), 0)
}
