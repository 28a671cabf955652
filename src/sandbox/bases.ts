/**
 * Unpacked base trees: a cache with one directory for each tree and kind of owners, which keeps the most recently used.
 *
 * A base in use is locked by its user, so that it is not removed under a running script.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Watch } from '../base/event.ts'
import { tarSize } from '../format/tar/write.ts'
import { lock, tryLock } from '../store/lock.ts'
import type { Tree } from '../tree/tree.ts'
import type { Ids } from './outer.ts'
import { removeFolder, scratchIn } from './scratch.ts'
import { form } from './tar.ts'

const usedFile = 'used'

/** Maximum total size, in bytes, of unpacked bases that are kept beside the one in use. */
const mostKept = 4 * 2 ** 30

/** An unpacked base, held until it is disposed of. */
export interface Base extends Disposable {
  readonly folder: string
}

/** How to make a base. */
export interface Unpacking {
  readonly folder: string
  readonly key: string
  readonly ids: Ids
  readonly tree: Tree
  /** Unpacks the tree into an empty directory. */
  unpack(tree: Tree, into: string): Promise<void>
}

/** Returns the base of a key, unpacking it if necessary. */
export async function baseFor(unpacking: Unpacking, watch: Watch): Promise<Base> {
  const { folder, key, ids, tree, unpack } = unpacking
  const bases = join(folder, 'bases')
  mkdirSync(bases, { recursive: true, mode: 0o700 })
  const name = createHash('sha256').update(`${key}\n${ids}\n`).digest('hex').slice(0, 32)
  const place = join(bases, name)
  const locked = lockOf(folder, name)
  for (;;) {
    const held = await lock(locked.file, { shared: true, part: locked.part, signal: watch.signal })
    if (existsSync(join(place, 'root'))) {
      // The kernel timestamps it: bases are removed in the order of their last use.
      writeFileSync(join(place, usedFile), '')
      return { folder: join(place, 'root'), [Symbol.dispose]: () => held[Symbol.dispose]() }
    }
    held[Symbol.dispose]()
    using _alone = await lock(locked.file, { part: locked.part, signal: watch.signal })
    if (existsSync(join(place, 'root'))) continue
    await using scratch = scratchIn(folder, ids)
    const fresh = join(scratch.folder, 'base')
    mkdirSync(join(fresh, 'root'), { recursive: true, mode: 0o755 })
    await unpack(tree, join(fresh, 'root'))
    writeFileSync(join(fresh, 'size'), String(tarSize(tree.entries(), form)))
    await removeFolder(place, ids)
    renameSync(fresh, place)
    await forgetOld(folder, name, ids)
  }
}

function lockOf(folder: string, name: string): { readonly file: string; readonly part: number } {
  return { file: join(folder, 'bases.lock'), part: Number.parseInt(name.slice(0, 10), 16) }
}

/** Removes all bases that no process uses; returns their names. */
export async function forgetBases(folder: string, ids: Ids): Promise<readonly string[]> {
  const bases = join(folder, 'bases')
  const forgotten: string[] = []
  for (const name of existsSync(bases) ? readdirSync(bases) : []) {
    const { file, part } = lockOf(folder, name)
    using alone = tryLock(file, { part })
    if (alone === undefined) continue
    await removeFolder(join(bases, name), ids)
    forgotten.push(name)
  }
  return forgotten
}

async function forgetOld(folder: string, keep: string, ids: Ids): Promise<void> {
  const bases = join(folder, 'bases')
  const known = readdirSync(bases)
    .filter((name) => name !== keep)
    .map((name) => ({ name, size: sizeOf(join(bases, name)), used: usedAt(join(bases, name)) }))
    .sort((a, b) => b.used - a.used)
  let total = 0
  for (const { name, size } of known) {
    total += size
    if (total <= mostKept) continue
    const { file, part } = lockOf(folder, name)
    using alone = tryLock(file, { part })
    if (alone === undefined) continue
    await removeFolder(join(bases, name), ids)
  }
}

function sizeOf(place: string): number {
  return existsSync(join(place, 'size')) ? Number(readFileSync(join(place, 'size'), 'utf8')) : mostKept
}

function usedAt(place: string): number {
  return statSync(join(place, usedFile), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
