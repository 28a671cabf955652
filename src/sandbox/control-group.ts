/**
 * Limits memory and the number of processes by control groups (cgroups(7)), which root may create if they are mounted writable. Supports
 * both versions; groups are named after the scratch directory, so that leftovers of a killed process can be found.
 */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Limits } from './sandbox.ts'

const top = '/sys/fs/cgroup'

/** Locations of a scratch directory's groups, in both versions. */
function placesOf(folder: string): readonly string[] {
  const name = `slipway-${basename(folder)}`
  return [join(top, name), join(top, 'memory', name), join(top, 'pids', name)]
}

/** Maximum number of processes at once. */
export const mostProcesses = 2048

/**
 * Creates the groups of a scratch directory; returns the directories that a process must enter. None if this process may not create any.
 *
 * @param limits - changes kept in memory count as memory, too.
 */
export function makeControlGroups(folder: string, limits: Limits): readonly string[] {
  if (process.getuid?.() !== 0) return []
  const [unified = '', memory = '', pids = ''] = placesOf(folder)
  const bytes = limits.memory === undefined ? undefined : String(limits.memory + limits.disk)
  if (existsSync(join(top, 'cgroup.controllers'))) {
    attempt(() => writeFileSync(join(top, 'cgroup.subtree_control'), '+memory +pids'))
    const settings = {
      'pids.max': String(mostProcesses),
      ...(bytes === undefined ? {} : { 'memory.max': bytes, 'memory.swap.max': '0' }),
    }
    return make(unified, settings)
  }
  const limited =
    bytes === undefined ? [] : make(memory, { 'memory.limit_in_bytes': bytes, 'memory.memsw.limit_in_bytes': bytes })
  return [...limited, ...make(pids, { 'pids.max': String(mostProcesses) })]
}

/** Removes the groups of a scratch directory. Their processes are killed, but the kernel may not have finished with them yet. */
export async function removeControlGroups(folder: string): Promise<void> {
  for (const place of placesOf(folder).filter((each) => existsSync(each)))
    for (let left = 100; left > 0 && !attempt(() => rmdirSync(place)); left--) await setTimeout(10)
}

function make(place: string, settings: Readonly<Record<string, string>>): readonly string[] {
  const isMade = attempt(() => mkdirSync(place))
  if (!isMade) return []
  for (const [name, value] of Object.entries(settings)) attempt(() => writeFileSync(join(place, name), value))
  return [place]
}

/** If the system refuses, there is no limit. */
function attempt(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
