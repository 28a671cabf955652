/**
 * Numbers for the users and groups that packages create: recorded in the lock once, never renumbered (volumes keep their owner).
 *
 * The lowest free number from 100 up, in name order (Debian Policy Manual, 9.2.2: 100 to 999 are for dynamically allocated system
 * users and groups).
 */
import type { Ids } from './resolution.ts'

const first = 100

/** Ids with the needed names added; `taken` are numbers that are not free, such as those of base-passwd. */
export function withIds(
  ids: Ids,
  needed: { readonly users: Iterable<string>; readonly groups: Iterable<string> },
  taken: { readonly users: ReadonlySet<number>; readonly groups: ReadonlySet<number> },
): Ids {
  return {
    users: assigned(ids.users, needed.users, taken.users),
    groups: assigned(ids.groups, needed.groups, taken.groups),
  }
}

function assigned(
  known: ReadonlyMap<string, number>,
  needed: Iterable<string>,
  taken: ReadonlySet<number>,
): ReadonlyMap<string, number> {
  const all = new Map(known)
  const used = new Set([...taken, ...known.values()])
  for (const name of [...new Set(needed)].sort()) {
    if (all.has(name)) continue
    let id = first
    while (used.has(id)) id++
    used.add(id)
    all.set(name, id)
  }
  return all
}
