/**
 * Directories for work in progress: beside their final location, or in the store's `tmp`.
 *
 * The process that uses one holds a lock in it, so the leftovers of a killed process are recognised by their free lock, and removed. What
 * is made inside of such a directory needs no lock of its own: a process that writes thousands of files holds one directory for them all.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../base/error.ts'
import { type Lock, tryLock } from './lock.ts'
import { removeTree } from './remove.ts'

const prefix = '.slipway-'
const lockName = 'lock'

/** A directory that is removed with its contents when it is disposed of. */
export interface TemporaryDirectory extends Disposable {
  /** Its path. */
  readonly place: string
}

/** Creates a new directory in `parent`, which must exist. @throws the system's error */
export function temporaryDirectory(parent: string): TemporaryDirectory {
  return inUse.has(parent) ? innerDirectory(parent) : lockedDirectory(parent)
}

/** Returns a place for a new file or directory in `parent`, on the same disk; what is still there is removed when it is disposed of. @throws the system's error */
export function temporaryPlace(parent: string): TemporaryDirectory {
  if (inUse.has(parent)) return inner(parent)
  const { place, [Symbol.dispose]: dispose } = lockedDirectory(parent)
  return { place: join(place, 'file'), [Symbol.dispose]: dispose }
}

let counter = 0

function inner(parent: string): TemporaryDirectory {
  const place = join(parent, `${prefix}${counter++}`)
  return { place, [Symbol.dispose]: () => void removeTree(place) }
}

function innerDirectory(parent: string): TemporaryDirectory {
  const made = inner(parent)
  mkdirSync(made.place, { mode: 0o700 })
  return made
}

function lockedDirectory(parent: string): TemporaryDirectory {
  for (;;) {
    const place = join(parent, prefix + randomBytes(8).toString('hex'))
    mkdirSync(place, { mode: 0o700 })
    const held = lockIn(place)
    if (held !== undefined) {
      removeAtExit(place)
      return {
        place,
        [Symbol.dispose]: () => {
          inUse.delete(place)
          removeTree(place)
          held[Symbol.dispose]()
        },
      }
    }
  }
}

const inUse = new Set<string>()
let isListening = false

/** A process that gives up its work, as after ctrl-C, ends without disposing of anything. */
function removeAtExit(place: string): void {
  if (!isListening) process.once('exit', removeAllInUse)
  isListening = true
  inUse.add(place)
}

function removeAllInUse(): void {
  for (const place of inUse) {
    try {
      removeTree(place)
    } catch {
      // The next run removes it.
    }
  }
}

/** Undefined if another process mistook the directory for an abandoned one before it was locked. */
function lockIn(place: string): Lock | undefined {
  const file = join(place, lockName)
  try {
    const held = tryLock(file)
    if (held === undefined || existsSync(file)) return held
    held[Symbol.dispose]()
    return undefined
  } catch (error) {
    if (isWithoutLocks(error)) return { [Symbol.dispose]: () => {} }
    if (errorCode(error) === 'ENOENT' && !existsSync(place)) return undefined
    removeTree(place)
    throw error
  }
}

/** Some network and user-space file systems have no locks: there, nothing can be recognised as abandoned. */
function isWithoutLocks(error: unknown): boolean {
  return ['ENOLCK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'].includes(errorCode(error) ?? '')
}

/** Removes the temporary directories in `parent` that no process holds, except other users'. */
export function removeAbandoned(parent: string): void {
  for (const name of namesIn(parent)) if (name.startsWith(prefix)) removeUnlessHeld(join(parent, name))
}

function namesIn(parent: string): readonly string[] {
  try {
    return readdirSync(parent)
  } catch {
    return []
  }
}

function removeUnlessHeld(place: string): void {
  try {
    // In a world-writable directory such as /tmp, another user may have created a link of this name.
    const stats = lstatSync(place)
    if (!stats.isDirectory() || stats.uid !== process.geteuid?.()) return
    using held = tryLock(join(place, lockName))
    if (held !== undefined) removeTree(place)
  } catch {
    // Another process is removing it, or it cannot be removed: the next run tries again.
  }
}
