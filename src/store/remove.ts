/** Removes files of a store, including directories without write permission. */
import { randomUUID } from 'node:crypto'
import { chmodSync, lstatSync, readdirSync, renameSync, rmdirSync, type Stats, unlinkSync } from 'node:fs'
import { type EntryPath, entryPathOf, join, root } from '../tree/path.ts'
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
  if (path.length > farthest) {
    renameSync(place, placeOf(top, entryPathOf(randomUUID())))
    return 0
  }
  let bytes = removeNames(top, path)
  // Meanwhile, directories may have come from far below.
  if (path === root) while (readdirSync(place).length > 0) bytes += removeNames(top, path)
  rmdirSync(place)
  return bytes
}

function removeNames(top: string, path: EntryPath): number {
  let bytes = 0
  for (const name of readdirSync(placeOf(top, path), 'latin1')) bytes += removeBelow(top, join(path, name))
  return bytes
}

/** Length of a path, in bytes, at which a directory is moved to the top first: neither the kernel nor the stack may give up below it. */
const farthest = 1024

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
