/**
 * What this machine's disk says of a directory without reading its files: equal fingerprints mean that nothing was written since.
 *
 * Device, inode, size, mode, mtime and ctime of every entry, as `git` does it; never part of any output.
 */
import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { Digest } from '../base/digest.ts'
import { type DiskOptions, diskTree } from './disk.ts'
import type { EntryPath } from './path.ts'
import type { Tree } from './tree.ts'

/** A fingerprint, and when (Unix milliseconds) the last change happened that it knows of. */
export interface Fingerprint {
  readonly digest: Digest
  readonly newest: number
}

/** A directory as `diskTree` reads it, and its fingerprint once its entries were iterated, once. */
export interface FingerprintedTree {
  readonly tree: Tree
  fingerprint(): Fingerprint
}

/** A directory whose fingerprint is taken while it is read: one walk for both. */
export function fingerprinted(directory: string, options: Pick<DiskOptions, 'ignore'> = {}): FingerprintedTree {
  const hasher = createHash('sha256')
  let newest = 0
  let lines = ''
  const seen = (path: EntryPath, stats: BigIntStats): void => {
    const { dev, ino, size, mode, mtimeNs, ctimeNs, ctimeMs } = stats
    lines += `${path}\0${dev} ${ino} ${size} ${mode} ${mtimeNs} ${ctimeNs}\n`
    newest = Math.max(newest, Number(ctimeMs))
    if (lines.length < 65_536) return
    hasher.update(lines, 'latin1')
    lines = ''
  }
  return {
    tree: diskTree(directory, { ...options, seen }),
    fingerprint: () => ({ digest: `sha256:${hasher.update(lines, 'latin1').digest('hex')}`, newest }),
  }
}

/** The fingerprint of what `diskTree` would read. @throws BuildError disk.* */
export function diskFingerprint(directory: string, options: Pick<DiskOptions, 'ignore'> = {}): Fingerprint {
  const { tree, fingerprint } = fingerprinted(directory, options)
  for (const _ of tree.entries());
  return fingerprint()
}
