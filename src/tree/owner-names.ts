/** Owners by name, looked up in the account files of a root (passwd(5), group(5)). */
import { fail } from '../base/error.ts'
import { didYouMean } from '../base/nearest.ts'

/** A user or group: a name, or an ID. */
export type Who = string | number

/** An owner as it is given. */
export interface NamedOwner {
  readonly user?: Who | undefined
  readonly group?: Who | undefined
}

/** Users and groups of a root. */
export interface Accounts {
  readonly users: ReadonlyMap<string, { readonly uid: number; readonly gid: number }>
  readonly groups: ReadonlyMap<string, number>
}

/** Parses the content of /etc/passwd and /etc/group; of records with one name the first counts. */
export function parseAccounts(passwd: string, group: string): Accounts {
  const users = new Map<string, { readonly uid: number; readonly gid: number }>()
  const groups = new Map<string, number>()
  for (const [name = '', , uid, gid] of recordsOf(passwd))
    if (isId(uid) && isId(gid) && !users.has(name)) users.set(name, { uid: Number(uid), gid: Number(gid) })
  for (const [name = '', , gid] of recordsOf(group)) if (isId(gid) && !groups.has(name)) groups.set(name, Number(gid))
  return { users, groups }
}

/** The records of an account file. */
export function recordsOf(text: string): readonly (readonly string[])[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')]))
}

function isId(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,10}$/.test(text)
}

/** Parses "user", "user:group", "uid:gid"; undefined when the string is not of such a form. */
export function parseOwner(text: string): NamedOwner | undefined {
  const [, user = '', group] = /^([^:\s/]+)(?::([^:\s/]+))?$/.exec(text) ?? []
  if (user === '') return undefined
  return { user: whoOf(user), ...(group === undefined ? {} : { group: whoOf(group) }) }
}

function whoOf(text: string): Who {
  return isId(text) ? Number(text) : text
}

/**
 * Looks up the IDs of an owner; what is not given stays absent.
 *
 * @param remedy - what to do about an unknown name, besides the nearest ones.
 * @throws BuildError account.unknown
 */
export function idsOf(
  { user, group }: NamedOwner,
  accounts: Accounts,
  remedy: string,
): { readonly uid?: number; readonly gid?: number } {
  return {
    ...(user === undefined ? {} : { uid: userId(user, accounts, remedy) }),
    ...(group === undefined ? {} : { gid: groupId(group, accounts, remedy) }),
  }
}

/** The group that goes with a user where none is given: its primary one, or for an ID without a user the same number. */
export function primaryGroup(user: Who, { users }: Accounts): Who {
  if (typeof user === 'string') return users.get(user)?.gid ?? user
  return [...users.values()].find(({ uid }) => uid === user)?.gid ?? user
}

function userId(user: Who, accounts: Accounts, remedy: string): number {
  return typeof user === 'string' ? (accounts.users.get(user)?.uid ?? unknown('user', user, accounts, remedy)) : user
}

function groupId(group: Who, accounts: Accounts, remedy: string): number {
  return typeof group === 'string' ? (accounts.groups.get(group) ?? unknown('group', group, accounts, remedy)) : group
}

/** @throws BuildError account.unknown, always */
export function unknown(kind: 'user' | 'group', name: string, { users, groups }: Accounts, remedy: string): never {
  const file = kind === 'user' ? 'passwd' : 'group'
  const known = [...(kind === 'user' ? users : groups).keys()]
  const fact =
    known.length === 0
      ? `The image has no /etc/${file}, so it has no ${kind} ${JSON.stringify(name)}.`
      : `The image's /etc/${file} has no ${kind} ${JSON.stringify(name)}.`
  const hint = didYouMean(name, known)
  return fail('account.unknown', fact, {
    remedy: hint === '' ? remedy : `${hint} ${remedy}`,
    detail: { [kind]: name },
  })
}
