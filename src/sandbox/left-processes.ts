/**
 * Ends processes that a command left: without namespaces nothing else ends those that have left their group, such as fakeroot's daemon
 * (faked(1)), when their parent is killed.
 */
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { realPath } from '../base/real-path.ts'

/** Ends all processes of this user that run a program below a directory. */
export async function endProcessesBelow(directory: string): Promise<void> {
  // One of them may start another before it ends.
  for (let left = 100; left > 0; left--) {
    const found = processesBelow(directory)
    if (found.length === 0) return
    for (const pid of found) end(pid)
    await setTimeout(10)
  }
}

function processesBelow(directory: string): readonly number[] {
  if (!existsSync('/proc/self/exe')) return []
  const real = realPath(directory)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && programOf(name).startsWith(`${real}/`))
    .map(Number)
}

/** The file that a process runs; "" if it has ended or belongs to another user. */
function programOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return ''
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
