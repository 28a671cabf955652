/**
 * Directories for work that may be interrupted at any moment: each has a lock that the kernel releases with its process, so the next
 * process recognises leftovers and removes them.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from '../store/lock.ts'
import { removeTree } from '../store/remove.ts'
import { removeControlGroups } from './control-group.ts'
import { endProcessesBelow } from './left-processes.ts'
import { grantedRange, type Ids, quote, runInside } from './outer.ts'

/** A private directory, removed when it is disposed of. */
export interface Scratch extends AsyncDisposable {
  readonly folder: string
}

const workFolder = 'work'
const lockSuffix = '.lock'

/** Creates a directory below `folder`. @param ids - ids that may own files in it */
export function scratchIn(folder: string, ids: Ids): Scratch {
  const work = join(folder, workFolder)
  mkdirSync(work, { recursive: true, mode: 0o700 })
  const own = join(work, randomUUID())
  const held = tryLock(own + lockSuffix)
  // Another process swept between creating the file and locking it.
  if (held === undefined) return scratchIn(folder, ids)
  mkdirSync(own, { mode: 0o755 })
  return {
    folder: own,
    [Symbol.asyncDispose]: async () => {
      if (ids === 'none') await endProcessesBelow(own)
      await removeFolder(own, ids)
      rmSync(own + lockSuffix, { force: true })
      held[Symbol.dispose]()
    },
  }
}

/** Removes leftovers of killed processes. Cheap if there are none. */
export async function sweepScratch(folder: string, ids: Ids): Promise<void> {
  const work = join(folder, workFolder)
  for (const name of readdirSync(work).filter((each) => each.endsWith(lockSuffix))) {
    const lockFile = join(work, name)
    const held = tryLock(lockFile)
    if (held === undefined) continue
    using _held = held
    const left = lockFile.slice(0, -lockSuffix.length)
    await endProcessesBelow(left)
    if (await isRemoved(left, ids)) rmSync(lockFile, { force: true })
  }
}

/** Tells whether it could be removed: if this user has lost the ids that own files in it, another process may. */
async function isRemoved(folder: string, ids: Ids): Promise<boolean> {
  try {
    await removeFolder(folder, ids)
    return true
  } catch {
    return false
  }
}

/** Removes a directory, even with files of other ids of this user's, which only root of their namespace may remove. */
export async function removeFolder(folder: string, ids: Ids): Promise<void> {
  await removeControlGroups(folder)
  try {
    removeTree(folder)
  } catch (error) {
    if (ids !== 'ranges' || grantedRange('/etc/subuid') === undefined) throw error
    const { status, said } = await runInside({
      ids,
      script: `rm -rf -- ${quote(folder)}`,
      folder: '/',
      signal: new AbortController().signal,
    })
    if (status !== 0 && existsSync(folder))
      throw new Error(`${folder} cannot be removed: ${said.trim()}`, { cause: error })
  }
}
