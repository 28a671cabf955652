/**
 * The lock of a project: where it is, and how a build reads and writes it.
 *
 * It is written only when its text changes. Another process may write it meanwhile: then what it wrote is taken up and the work is done
 * again on top of it, so neither's names are lost.
 */
import { dirname, join } from 'node:path'
import { digestOf, hexOf } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { realPath } from '../base/real-path.ts'
import { formatLock, parseLock } from '../lock/lock-file.ts'
import type { Lock, LockEntry } from '../lock/set-kind.ts'
import { rememberLock } from '../store/cache/used-locks.ts'
import { layoutOf } from '../store/layout.ts'
import { lock as lockFile } from '../store/lock.ts'
import type { Workshop } from './package.ts'

const fileName = 'slipway.lock'

/** Location of a set's lock: the file, if the set names one, and the set's home, an absolute directory. */
export interface LockPlace {
  readonly lock: string | undefined
  readonly directory: string
}

/** Returns the lock file of a set: its `lock`, else the nearest one from its home upwards, else beside the nearest `package.json`, else in its home. */
export function lockFileOf(of: LockPlace, shop: Workshop): string {
  return realPath(chosenFile(of, shop))
}

function chosenFile(of: LockPlace, shop: Workshop): string {
  if (of.lock !== undefined) return of.lock
  const folders = upwards(of.directory)
  const has = (folder: string, name: string) => shop.project.read(join(folder, name)) !== undefined
  const locked = folders.find((folder) => has(folder, fileName))
  return join(locked ?? folders.find((folder) => has(folder, 'package.json')) ?? of.directory, fileName)
}

function upwards(folder: string): readonly string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...upwards(above)]
}

/** Reads the lock in a file; empty if the file does not exist. @throws BuildError lock.invalid, lock.conflict-markers */
export async function readLock(file: string, shop: Workshop): Promise<Lock> {
  const bytes = shop.project.read(file)
  return bytes === undefined ? new Map() : parseLock(Buffer.from(bytes).toString('utf8'), file, shop.setKinds)
}

/** Set to write to a lock. */
export interface Grown {
  readonly key: string
  readonly entry: LockEntry
}

const attempts = 5

/**
 * Leaves a lock with a set in it.
 *
 * @param grow - the set on top of what the lock has; the entry that the lock has already where nothing is to be added.
 * @throws BuildError lock.busy, lock.invalid, lock.conflict-markers
 */
export async function growLock(
  file: string,
  grow: (lock: Lock) => Promise<Grown>,
  shop: Workshop,
): Promise<Grown & { readonly before: LockEntry | undefined }> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const read = await readLock(file, shop)
    const { key, entry } = await grow(read)
    const before = read.get(key)
    const after = new Map([...read, [key, entry]])
    if (entry.set !== before?.set && !(await written(file, read, after, shop))) continue
    rememberUse(file, after, shop)
    return { key, entry, before }
  }
  return fail('lock.busy', `${file} is changed by another process again and again.`, {
    remedy: 'Let the other process finish, then run this again.',
    detail: { file },
  })
}

/** Writes a lock, unless the file was changed since `before` was read. */
export async function written(file: string, before: Lock, after: Lock, shop: Workshop): Promise<boolean> {
  // One writer at a time among all who use the store: a place in its lock file stands for this file.
  const part = Number.parseInt(hexOf(digestOf(file)).slice(0, 10), 16)
  using _alone = await lockFile(layoutOf(shop.store.root).objectLock, { part, signal: shop.signal })
  if (formatLock(await readLock(file, shop)) !== formatLock(before)) return false
  const text = formatLock(after)
  if (text !== formatLock(before)) await shop.project.write(file, Buffer.from(text, 'utf8'))
  return true
}

/** Collecting garbage keeps what a lock names for a while after its last use. */
function rememberUse(file: string, lock: Lock, shop: Workshop): void {
  const paths = [...lock.values()].flatMap(({ kind, set }) => kind.paths(set))
  rememberLock(shop.store.memory, { file, usedAt: Math.floor(shop.now.getTime() / 1000), paths })
}
