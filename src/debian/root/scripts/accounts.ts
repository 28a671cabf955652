/** Users and groups as a script sees them. */
import type { AccountRequests } from '../account-requests.ts'
import type { Cause } from '../shell/facts.ts'
import { heldAt, type ProgramCall } from './system.ts'

type Place = Pick<ProgramCall, 'shell' | 'system'>

/** Whether the user exists; undefined: unknown. */
export function hasUser(place: Place, name: string): boolean | undefined {
  return has(place, 'user', name)
}

/** Whether the group exists; undefined: unknown. */
export function hasGroup(place: Place, name: string): boolean | undefined {
  return has(place, 'group', name)
}

function has(place: Place, kind: 'user' | 'group', name: string): boolean | undefined {
  const held = heldAt(place, `${kind} ${name}`)
  if (held !== undefined) return held.fact === undefined ? undefined : true
  const known = kind === 'user' ? place.system.accounts.users : place.system.accounts.groups
  if (known.some((each) => each.name === name)) return true
  return place.system.files === undefined ? undefined : false
}

/** Name of a user's primary group. */
export function groupOfUser(place: Place, name: string): string | undefined {
  const fact = heldAt(place, `user ${name}`)?.fact
  if (fact?.kind === 'user') return fact.user.group
  const { users, groups } = place.system.accounts
  const gid = users.find((each) => each.name === name)?.gid
  return groups.find((each) => each.gid === gid)?.name
}

/** Known fact about a user. */
export function userOf(place: Place, name: string): { readonly home: string; readonly shell: string } | undefined {
  const fact = heldAt(place, `user ${name}`)?.fact
  return fact?.kind === 'user' ? fact.user : place.system.accounts.users.find((each) => each.name === name)
}

/** Names of all users or groups, sorted; undefined if unknown. */
export function namesOf(place: Place, kind: 'user' | 'group'): readonly string[] | undefined {
  const { files, accounts, settled } = place.system
  const keys = [...settled.keys(), ...place.shell.state.facts.keys()].filter((key) => key.startsWith(`${kind} `))
  if (files === undefined || keys.some((key) => heldAt(place, key)?.fact === undefined)) return undefined
  const known = kind === 'user' ? accounts.users : accounts.groups
  return [...new Set([...known.map(({ name }) => name), ...keys.map((key) => key.slice(kind.length + 1))])].sort()
}

/** Groups of a user, the primary one first; undefined if unknown. */
export function groupsOfUser(place: Place, user: string): readonly string[] | undefined {
  const primary = groupOfUser(place, user)
  const names = namesOf(place, 'group')
  if (primary === undefined || names === undefined) return undefined
  const others = names
    .filter((group) => group !== primary)
    .map((group) => [group, isMember(place, user, group)] as const)
  if (others.some(([, member]) => member === undefined)) return undefined
  return [primary, ...others.flatMap(([group, member]) => (member === true ? [group] : []))]
}

/** Whether a user is in a group; undefined: unknown. */
export function isMember(place: Place, user: string, group: string): boolean | undefined {
  const held = heldAt(place, `member ${user} ${group}`)
  if (held !== undefined) return held.fact === undefined ? undefined : true
  if (groupOfUser(place, user) === group) return true
  return place.system.accounts.groups.some((each) => each.name === group && each.members.includes(user))
}

/** Records requested accounts; existing ones stay. */
export function request({ shell, system }: Place, { users, groups, memberships }: AccountRequests, cause: Cause): void {
  const place = { shell, system }
  for (const group of groups)
    if (hasGroup(place, group.name) !== true)
      shell.state.facts.set(`group ${group.name}`, { fact: { kind: 'group', group }, cause })
  for (const user of users)
    if (hasUser(place, user.name) !== true)
      shell.state.facts.set(`user ${user.name}`, { fact: { kind: 'user', user }, cause })
  for (const { user, group } of memberships)
    if (isMember(place, user, group) !== true)
      shell.state.facts.set(`member ${user} ${group}`, { fact: { kind: 'member', user, group }, cause })
}
