/**
 * Numbers for the users and groups that packages create: recorded in the lock once, never renumbered (volumes keep their owner).
 *
 * The number that a package asks for where it is free; else the lowest free one from 100 up, in name order (Debian Policy Manual, 9.2.2:
 * 100 to 999 are for dynamically allocated system users and groups).
 */
import type { Ids } from './resolution.ts'

const first = 100

/** Names that need a number, with the one they ask for, and the numbers that are not free. */
export interface Needed {
  readonly names: ReadonlyMap<string, number | undefined>
  readonly taken: ReadonlySet<number>
}

/** Ids with the needed names added. */
export function withIds(ids: Ids, needed: { readonly users: Needed; readonly groups: Needed }): Ids {
  return { users: assigned(ids.users, needed.users), groups: assigned(ids.groups, needed.groups) }
}

function assigned(known: ReadonlyMap<string, number>, { names, taken }: Needed): ReadonlyMap<string, number> {
  const all = new Map(known)
  const used = new Set([...taken, ...known.values()])
  const add = (name: string, id: number): void => {
    if (all.has(name)) return
    used.add(id)
    all.set(name, id)
  }
  const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, asked] of sorted) if (asked !== undefined && !used.has(asked)) add(name, asked)
  for (const [name] of sorted) add(name, lowestFree(used))
  return all
}

function lowestFree(used: ReadonlySet<number>): number {
  let id = first
  while (used.has(id)) id++
  return id
}
