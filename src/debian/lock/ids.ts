/**
 * Ids of the users and groups that packages create: recorded in the lock once, never renumbered (volumes keep their owner).
 *
 * The id that a package requests, if it is free; otherwise the lowest free one from 100 up, in name order (Debian Policy Manual, 9.2.2: 100
 * to 999 are for dynamically allocated system users and groups).
 */
import type { AccountDatabase } from '../root/account-database.ts'
import type { AccountRequests } from '../root/account-requests.ts'
import type { Ids } from './resolution.ts'

const first = 100

/** A user or group, with an id if that is fixed. */
export interface Account {
  readonly kind: 'user' | 'group'
  readonly name: string
  readonly id: number | undefined
}

/** Names that need an id, with the requested ones, and the ids that are taken. */
export interface Needed {
  readonly names: ReadonlyMap<string, number | undefined>
  readonly taken: ReadonlySet<number>
}

/** Adds ids for the needed names. */
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

/** Accounts that need an id for packages' requests. */
export function accountsIn({ users, groups }: Pick<AccountRequests, 'users' | 'groups'>): readonly Account[] {
  return [
    ...users.map((user): Account => ({ kind: 'user', name: user.name, id: user.uid })),
    ...users.map((user): Account => ({ kind: 'group', name: user.group, id: undefined })),
    ...groups.map((group): Account => ({ kind: 'group', name: group.name, id: group.gid })),
  ]
}

/** Accounts of a database. */
export function accountsOfDatabase({ users, groups }: AccountDatabase): readonly Account[] {
  return [
    ...users.map(({ name, uid }): Account => ({ kind: 'user', name, id: uid })),
    ...groups.map(({ name, gid }): Account => ({ kind: 'group', name, id: gid })),
  ]
}

/** Requested accounts that have no id yet. */
export function neededIds(
  asked: readonly Account[],
  known: readonly Account[],
): { readonly users: Needed; readonly groups: Needed } {
  return { users: needed(asked, known, 'user'), groups: needed(asked, known, 'group') }
}

function needed(asked: readonly Account[], known: readonly Account[], kind: Account['kind']): Needed {
  const fixed = new Map(known.flatMap((each) => (each.kind === kind ? [[each.name, each.id]] : [])))
  const names = new Map<string, number | undefined>()
  for (const each of asked) {
    if (each.kind === kind && !fixed.has(each.name)) names.set(each.name, each.id ?? names.get(each.name))
  }
  return { names, taken: new Set([...fixed.values()].filter((id) => id !== undefined)) }
}
