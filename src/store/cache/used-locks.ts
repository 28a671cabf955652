/**
 * Recently used lock files, so that garbage collection keeps the `.deb`s that they name: downloading those again would be the costly part
 * of the next build.
 */
import { lstatSync } from 'node:fs'
import { isPlainObject } from '../../base/document.ts'
import type { Memory } from '../store.ts'
import { parseStorePath, type StorePath } from '../store-path.ts'
import type { DiskMemory } from './memory.ts'

const kind = 'lock'

/** How long after its last use a lock protects the objects it names: 30 days, in seconds. */
export const keptFor: number = 30 * 24 * 60 * 60

/** A lock file used by a build. */
export interface UsedLock {
  /** Absolute path. */
  readonly file: string
  /** Unix seconds. */
  readonly usedAt: number
  readonly paths: readonly StorePath[]
}

/**
 * A use this soon after the previous one is not recorded: a write to disk takes longer than everything else in a build that has nothing to
 * do.
 */
const same = 24 * 60 * 60

/** Records that a lock was used, to the day. */
export function rememberLock(memory: Memory, { file, usedAt, paths }: UsedLock): void {
  const known = parse(memory.fact(kind, file) ?? '{}')
  const isKnown = paths.length === known.paths.length && paths.every((path, index) => path === known.paths[index])
  if (isKnown && usedAt >= known.usedAt && usedAt < known.usedAt + same) return
  memory.rememberFact(kind, file, JSON.stringify({ usedAt, paths }))
}

/** Existing locks that were used since a time (Unix seconds), the last used first. */
export function locksUsedSince(memory: DiskMemory, since: number): readonly UsedLock[] {
  return memory
    .facts(kind)
    .map(({ key, value }) => ({ file: key, ...parse(value) }))
    .filter(({ file, usedAt }) => usedAt > since && lstatSync(file, { throwIfNoEntry: false }) !== undefined)
    .sort((a, b) => b.usedAt - a.usedAt || (a.file < b.file ? -1 : 1))
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
