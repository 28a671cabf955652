/**
 * The lock files that were used of late, so that collecting garbage keeps the `.deb`s that they name: fetching those again would be the
 * costly part of the next build.
 */
import { lstatSync } from 'node:fs'
import { isPlainObject } from '../../base/document.ts'
import type { Memory } from '../store.ts'
import { parseStorePath, type StorePath } from '../store-path.ts'
import type { DiskMemory } from './memory.ts'

const kind = 'lock'

/** For how long after its last use a lock keeps what it names: 30 days, in seconds. */
export const keptFor: number = 30 * 24 * 60 * 60

/** A lock file that a build used. */
export interface UsedLock {
  /** Absolute. */
  readonly file: string
  /** Unix seconds. */
  readonly usedAt: number
  readonly paths: readonly StorePath[]
}

/** So long a use counts as the one before it: a write to disk takes longer than all else in a build that has nothing to do. */
const same = 24 * 60 * 60

/** Remembers that a lock was used, to the day. */
export function rememberLock(memory: Memory, { file, usedAt, paths }: UsedLock): void {
  const known = parse(memory.fact(kind, file) ?? '{}')
  const isKnown = paths.length === known.paths.length && paths.every((path, index) => path === known.paths[index])
  if (isKnown && usedAt >= known.usedAt && usedAt < known.usedAt + same) return
  memory.rememberFact(kind, file, JSON.stringify({ usedAt, paths }))
}

/** What the locks name that are there and were used in the 30 days before `now` (Unix seconds). */
export function lockedPaths(memory: DiskMemory, now: number): readonly StorePath[] {
  return memory.facts(kind).flatMap(({ key, value }) => {
    const { usedAt, paths } = parse(value)
    return usedAt + keptFor > now && lstatSync(key, { throwIfNoEntry: false }) !== undefined ? paths : []
  })
}

function parse(text: string): Omit<UsedLock, 'file'> {
  const value: unknown = JSON.parse(text)
  if (!isPlainObject(value)) return { usedAt: 0, paths: [] }
  const { usedAt, paths } = value
  return {
    usedAt: typeof usedAt === 'number' ? usedAt : 0,
    paths: Array.isArray(paths) ? paths.flatMap((path: unknown) => parseStorePath(String(path)) ?? []) : [],
  }
}
