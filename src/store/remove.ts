/** Removes files of a store, including directories without write permission. */
import { chmodSync, lstatSync, readdirSync, rmdirSync, type Stats, unlinkSync } from 'node:fs'
import { type EntryPath, join, root } from '../tree/path.ts'
import { placeOf } from '../tree/place.ts'

/** Removes the file or directory at `top` with its contents. Returns the bytes that this frees: none for a file that has other names. */
export function removeTree(top: string): number {
  return removeBelow(top, root)
}

/** Bytes that removing files and directories would free: a file counts once all of its names are among them. */
export function sizeOfTrees(tops: Iterable<string>): number {
  const names = new Map<string, number>()
  return [...tops].reduce((bytes, top) => bytes + sizeBelow({ top, names }, root), 0)
}

/** The same for one. */
export function sizeOfTree(top: string): number {
  return sizeOfTrees([top])
}

interface Sized {
  readonly top: string
  /** How many names of each file were found, for files with several. */
  readonly names: Map<string, number>
}

function removeBelow(top: string, path: EntryPath): number {
  const place = placeOf(top, path)
  const stats = lstatSync(place, { throwIfNoEntry: false })
  if (stats === undefined) return 0
  if (!stats.isDirectory()) {
    unlinkSync(place)
    return stats.nlink > 1 ? 0 : stats.size
  }
  if ((stats.mode & 0o700) !== 0o700) chmodSync(place, 0o700)
  let bytes = 0
  for (const name of readdirSync(place, 'latin1')) bytes += removeBelow(top, join(path, name))
  rmdirSync(place)
  return bytes
}

function sizeBelow(sized: Sized, path: EntryPath): number {
  const place = placeOf(sized.top, path)
  const stats = lstatSync(place, { throwIfNoEntry: false })
  if (stats === undefined) return 0
  if (!stats.isDirectory()) return isLastName(stats, sized.names) ? stats.size : 0
  return readdirSync(place, 'latin1').reduce((bytes, name) => bytes + sizeBelow(sized, join(path, name)), 0)
}

function isLastName({ nlink, dev, ino }: Stats, names: Map<string, number>): boolean {
  if (nlink === 1) return true
  const found = (names.get(`${dev}:${ino}`) ?? 0) + 1
  names.set(`${dev}:${ino}`, found)
  return found === nlink
}
