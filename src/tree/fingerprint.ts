/**
 * Fingerprints a directory from the disk's metadata, without reading files: equal fingerprints mean that nothing was written in between.
 *
 * Covers device, inode, size, mode, mtime and ctime of every entry, as `git` does; never part of any output.
 */
import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type Digest, digestOf } from '../base/digest.ts'
import { type DiskOptions, diskTree } from './disk.ts'
import type { Entry } from './entry.ts'
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
    lines += lineOf(path, stats)
    newest = Math.max(newest, Number(stats.ctimeMs))
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

/** A directory as `diskTree` reads it, with fingerprints of its parts. */
export interface StampedTree {
  readonly tree: Tree
  /** Fingerprints entries that were iterated, each once; of a directory it covers only that there is one. */
  fingerprint(entries: readonly Entry[]): Fingerprint
}

/** Reads a directory whose parts are fingerprinted each on its own. */
export function stamped(directory: string, options: Pick<DiskOptions, 'ignore'> = {}): StampedTree {
  const found = new Map<EntryPath, { readonly line: string; readonly changed: number }>()
  const seen = (path: EntryPath, stats: BigIntStats): void => {
    if (!stats.isDirectory()) found.set(path, { line: lineOf(path, stats), changed: Number(stats.ctimeMs) })
  }
  return {
    tree: diskTree(directory, { ...options, seen }),
    fingerprint: (entries) => {
      let lines = ''
      let newest = 0
      for (const { path } of entries) {
        const stamp = found.get(path)
        found.delete(path)
        lines += stamp?.line ?? `${path}\n`
        newest = Math.max(newest, stamp?.changed ?? 0)
      }
      return { digest: digestOf(Buffer.from(lines, 'latin1')), newest }
    },
  }
}

function lineOf(path: EntryPath, { dev, ino, size, mode, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${path}\0${dev} ${ino} ${size} ${mode} ${mtimeNs} ${ctimeNs}\n`
}
