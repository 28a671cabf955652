/**
 * What this machine's disk says of a directory without reading its files: equal fingerprints mean that nothing was written since.
 *
 * Device, inode, size, mode, mtime and ctime of every entry, as `git` does it; never part of any output.
 */
import { createHash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Digest, digestFromHex } from '../base/digest.ts'
import { type DiskOptions, diskTree } from './disk.ts'
import { placeOf } from './place.ts'

/** A fingerprint, and when (Unix milliseconds) the last change happened that it knows of. */
export interface Fingerprint {
  readonly digest: Digest
  readonly newest: number
}

/** The fingerprint of what `diskTree` would read. @throws BuildError disk.* */
export function diskFingerprint(directory: string, options: Pick<DiskOptions, 'ignore'> = {}): Fingerprint {
  const top = resolve(directory)
  const hasher = createHash('sha256')
  let newest = 0
  for (const { path } of diskTree(top, options).entries()) {
    const { dev, ino, size, mode, mtimeNs, ctimeNs, ctimeMs } = lstatSync(placeOf(top, path), { bigint: true })
    hasher.update(`${path}\0${dev} ${ino} ${size} ${mode} ${mtimeNs} ${ctimeNs}\n`, 'latin1')
    newest = Math.max(newest, Number(ctimeMs))
  }
  const digest = digestFromHex(hasher.digest('hex'))
  if (digest === undefined) throw new Error('unreachable: sha256 gave no digest')
  return { digest, newest }
}
