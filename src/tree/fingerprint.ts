/**
 * Fingerprints a directory from the disk's metadata, without reading files: equal fingerprints mean that nothing was written in between.
 *
 * Covers device, inode, size, mode, mtime and ctime of every entry, as `git` does; never part of any output.
 */
import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { Digest } from '../base/digest.ts'
import { type DiskOptions, diskTree } from './disk.ts'
import type { EntryPath } from './path.ts'
import type { Tree } from './tree.ts'

/** A fingerprint, and the time of the last change that it covers, in Unix milliseconds. */
export interface Fingerprint {
  readonly digest: Digest
  readonly newest: number
}

/** A directory as `diskTree` reads it, and its fingerprint after one complete iteration. */
export interface FingerprintedTree {
  readonly tree: Tree
  fingerprint(): Fingerprint
}

/** Reads a directory and fingerprints it in the same walk. */
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

/** Fingerprints what `diskTree` would read. @throws BuildError disk.* */
export function diskFingerprint(directory: string, options: Pick<DiskOptions, 'ignore'> = {}): Fingerprint {
  const { tree, fingerprint } = fingerprinted(directory, options)
  for (const _ of tree.entries());
  return fingerprint()
}
