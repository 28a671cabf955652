/**
 * /etc/passwd, group, shadow and gshadow: base-passwd's static tables, then the users that packages create, by id.
 *
 * Follows passwd(5), group(5), shadow(5), gshadow(5) and update-passwd(8). The caller passes the ids (from the lock). Passwords are locked.
 * The day of the last change is empty, which means no ageing: a real day would come from a clock, and 0 would demand a new password.
 */

import { accountsIn, accountsOfDatabase, neededIds, withIds } from '../lock/ids.ts'
import type { Ids } from '../lock/resolution.ts'
import type { AccountDatabase, Group, User } from './account-database.ts'
import type { AccountRequests } from './account-requests.ts'

/** Joins two databases; if both have a name, the first's entry wins. */
export function joined(a: AccountDatabase, b: AccountDatabase): AccountDatabase {
  return { users: firstOfEach([...a.users, ...b.users]), groups: firstOfEach([...a.groups, ...b.groups]) }
}

function firstOfEach<T extends { readonly name: string }>(all: readonly T[]): readonly T[] {
  return [...new Map(all.toReversed().map((each) => [each.name, each])).values()].reverse()
}

/** base-passwd's passwd.master and group.master. */
export function parseMasters(passwd: string, group: string): AccountDatabase {
  return {
    users: linesOf(passwd).map(([name = '', , uid, gid, gecos = '', home = '', shell = '']) => ({
      ...{ name, password: '*', uid: Number(uid), gid: Number(gid), gecos, home, shell },
    })),
    groups: linesOf(group).map(([name = '', , gid, members = '']) => ({
      ...{ name, password: '*', gid: Number(gid), members: members.split(',').filter((member) => member !== '') },
    })),
  }
}

function linesOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'))
}

/** Adds packages' accounts to the static tables. A name without an id in the lock gets the lowest free one, by name. */
export function withAccounts(known: AccountDatabase, requests: AccountRequests, locked: Ids): AccountDatabase {
  const { users, groups, memberships } = requests
  const ids = withIds(locked, neededIds(accountsIn(requests), accountsOfDatabase(known)))
  const has = (list: readonly { readonly name: string }[], name: string): boolean =>
    list.some((each) => each.name === name)
  const newGroups = groups
    .filter(({ name }) => !has(known.groups, name))
    .map(({ name }): Group => ({ name, password: '!', gid: idOf(ids.groups, name), members: [] }))
    .sort((a, b) => a.gid - b.gid)
  const all = [...known.groups, ...newGroups]
  const newUsers = users
    .filter(({ name }) => !has(known.users, name))
    .map(({ name, gecos, home, shell, group }): User => {
      const gid = all.find((each) => each.name === group)?.gid ?? idOf(ids.groups, group)
      return { name, password: '!', uid: idOf(ids.users, name), gid, gecos, home, shell }
    })
    .sort((a, b) => a.uid - b.uid)
  const allUsers = [...known.users, ...newUsers]
  const membersOf = (group: Group): readonly string[] => {
    const added = memberships.filter((each) => each.group === group.name && has(allUsers, each.user))
    return [...new Set([...group.members, ...added.map(({ user }) => user)])]
  }
  return {
    users: allUsers,
    groups: all.map((group) => ({ ...group, members: primaryLeftOut(group, membersOf(group), allUsers) })),
  }
}

// A user is a member of its primary group without being listed (adduser refuses to list it).
function primaryLeftOut(group: Group, members: readonly string[], users: readonly User[]): readonly string[] {
  return members.filter((member) => users.find(({ name }) => name === member)?.gid !== group.gid)
}

function idOf(ids: ReadonlyMap<string, number>, name: string): number {
  const id = ids.get(name)
  if (id === undefined) throw new Error(`unreachable: ${name} has an id`)
  return id
}

/** The four files by name below /etc. */
export function formatAccounts({
  users,
  groups,
}: AccountDatabase): Readonly<Record<'passwd' | 'group' | 'shadow' | 'gshadow', string>> {
  const text = (lines: readonly (readonly (string | number)[])[]): string =>
    lines.map((fields) => `${fields.join(':')}\n`).join('')
  return {
    passwd: text(users.map(({ name, uid, gid, gecos, home, shell }) => [name, 'x', uid, gid, gecos, home, shell])),
    group: text(groups.map(({ name, gid, members }) => [name, 'x', gid, members.join(',')])),
    shadow: text(users.map(({ name, password }) => [name, password, '', ...ageing[password], '', '', ''])),
    gshadow: text(groups.map(({ name, password, members }) => [name, password, '', members.join(',')])),
  }
}

// Minimum and maximum age of a password and the warning period, in days, as shadowconfig(8) and adduser(8) set them.
const ageing = { '*': [0, 99999, 7], '!': ['', '', ''] } as const
