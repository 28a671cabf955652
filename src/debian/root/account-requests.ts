/**
 * Users and groups that a package's maintainer scripts create: read from the scripts' literal `adduser`, `addgroup`, `useradd`, `groupadd`
 * and `usermod` commands (adduser(8), useradd(8)) and from its `sysusers.d` files if a script calls `systemd-sysusers`.
 *
 * Nothing is run. A command whose words depend on running the script is returned as unresolved. Ids are not chosen here.
 */
import type { ScriptCommand } from './scripts/command.ts'

/** A required system user. `group` is the name of its primary group. */
export interface UserRequest {
  readonly name: string
  readonly group: string
  readonly gecos: string
  readonly home: string
  readonly shell: string
  /** Whether to create the home directory, owned by the user (adduser does, useradd and sysusers do not). */
  readonly makesHome: boolean
  /** A fixed id, for the few that request one. */
  readonly uid?: number
}

export interface GroupRequest {
  readonly name: string
  readonly gid?: number
}

export interface Membership {
  readonly user: string
  readonly group: string
}

/** Requests of one or several packages. */
export interface AccountRequests {
  readonly users: readonly UserRequest[]
  readonly groups: readonly GroupRequest[]
  readonly memberships: readonly Membership[]
}

export const noRequests: AccountRequests = { users: [], groups: [], memberships: [] }

/** Requests of one command of a script; undefined if it concerns accounts and has an unknown word. */
export function requestsOf(command: ScriptCommand): AccountRequests | undefined {
  const name = command.name.replace(/^\/usr\/sbin\//, '')
  if (!isAccountCommand(name)) return noRequests
  const { words } = command
  if (!words.every((word) => word !== undefined)) return undefined
  const { options, names } = sortWords(words)
  if (options.has('remove')) return noRequests
  if (name === 'addgroup' || name === 'groupadd') return { ...noRequests, groups: groupsOf(names, options) }
  if (name === 'useradd') return usersOfUseradd(names, options)
  if (name === 'usermod') return { ...noRequests, memberships: membershipsOf(names, options) }
  return usersOfAdduser(names, options)
}

const commands = ['adduser', 'addgroup', 'useradd', 'groupadd', 'usermod'] as const

function isAccountCommand(name: string): name is (typeof commands)[number] {
  return commands.some((known) => known === name)
}

// Options that take a value (adduser(8), useradd(8), groupadd(8), usermod(8)): the long ones, then short ones with their long forms.
const long = [
  ...[
    'base-dir',
    'comment',
    'conf',
    'expiredate',
    'firstgid',
    'firstuid',
    'gecos',
    'gid',
    'groups',
    'home',
    'home-dir',
  ],
  ...['inactive', 'ingroup', 'key', 'lastgid', 'lastuid', 'password', 'root', 'shell', 'uid'],
]
const short = [
  ...[['c', 'comment'] as const, ['d', 'home-dir'] as const, ['g', 'gid'] as const, ['G', 'groups'] as const],
  ...[['aG', 'groups'] as const, ['K', 'key'] as const, ['R', 'root'] as const, ['rg', 'gid'] as const],
  ...[['s', 'shell'] as const, ['u', 'uid'] as const],
]
const valueOptions: ReadonlyMap<string, string> = new Map([...long.map((name) => [name, name] as const), ...short])

interface Sorted {
  readonly options: ReadonlyMap<string, string>
  readonly names: readonly string[]
}

function sortWords(words: readonly string[]): Sorted {
  const options = new Map<string, string>()
  const names: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (!word.startsWith('-')) {
      names.push(word)
      continue
    }
    const [option = '', attached] = word.replace(/^--?/, '').split(/=(.*)/s)
    const known = valueOptions.get(option)
    options.set(known ?? option, known === undefined ? '' : (attached ?? words[++index] ?? ''))
  }
  return { options, names }
}

function groupsOf(names: readonly string[], options: Sorted['options']): readonly GroupRequest[] {
  return names.slice(0, 1).map((name) => ({ name, ...idOf('gid', options.get('gid')) }))
}

function usersOfAdduser(names: readonly string[], options: Sorted['options']): AccountRequests {
  const [name, group] = names
  if (name === undefined) return noRequests
  if (group !== undefined) return { ...noRequests, memberships: [{ user: name, group }] }
  if (!options.has('system'))
    return options.has('group') ? { ...noRequests, groups: groupsOf(names, options) } : noRequests
  const own = options.has('group')
  const home = options.get('home') ?? '/nonexistent'
  const user: UserRequest = {
    name,
    group: own ? name : (options.get('ingroup') ?? groupOfId(options.get('gid')) ?? 'nogroup'),
    gecos: gecosOf(options.get('gecos') ?? options.get('comment') ?? ''),
    home,
    shell: options.get('shell') ?? noLogin,
    makesHome: home !== '/nonexistent' && !options.has('no-create-home'),
    ...idOf('uid', options.get('uid')),
  }
  return { ...noRequests, users: [user], groups: own ? [{ name, ...idOf('gid', options.get('gid')) }] : [] }
}

// adduser lets chfn fill in the four parts of the field: name, room, two telephone numbers.
function gecosOf(text: string): string {
  return text === '' ? '' : text.padEnd(text.length + 3 - (text.split(',').length - 1), ',')
}

function usersOfUseradd(names: readonly string[], options: Sorted['options']): AccountRequests {
  const name = names.at(-1)
  if (name === undefined) return noRequests
  const group = options.get('gid')
  const user: UserRequest = {
    name,
    group: groupOfId(group) ?? group ?? name,
    gecos: options.get('comment') ?? '',
    home: options.get('home-dir') ?? `/home/${name}`,
    shell: options.get('shell') ?? '/bin/sh',
    makesHome: options.has('m') || options.has('create-home'),
    ...idOf('uid', options.get('uid')),
  }
  const memberships = (options.get('groups') ?? '').split(',').filter((each) => each !== '')
  return {
    users: [user],
    groups: group === undefined ? [{ name }] : [],
    memberships: memberships.map((each) => ({ user: name, group: each })),
  }
}

function membershipsOf(names: readonly string[], options: Sorted['options']): readonly Membership[] {
  const user = names.at(-1)
  const groups = (options.get('groups') ?? '').split(',').filter((group) => group !== '')
  return user === undefined ? [] : groups.map((group) => ({ user, group }))
}

/** Shell of system users (adduser(8), sysusers.d(5)). */
export const noLogin = '/usr/sbin/nologin'

// The one group that scripts refer to by number.
export function groupOfId(id: string | undefined): string | undefined {
  return id === '65534' ? 'nogroup' : undefined
}

/** A fixed id under its key, if the string is a number. */
export function idOf(key: 'uid' | 'gid', text: string | undefined): { readonly uid?: number; readonly gid?: number } {
  return text !== undefined && /^\d+$/.test(text) ? { [key]: Number(text) } : {}
}
