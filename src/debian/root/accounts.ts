/**
 * Which users and groups the packages of a closure bring, beside base-passwd's static ones: what the lock gives ids to and debian-root
 * writes down.
 */
import { path } from '../../tree/path.ts'
import { type AccountRequests, noLogin, noRequests, requestsOf } from './account-requests.ts'
import { configurationIn, installScripts, type RootPackage, type Unresolved } from './input.ts'
import { isShell, scriptCommands } from './script-commands.ts'
import { parseSysusers } from './sysusers.ts'

/** A package as far as its accounts go. `sysusers` are the texts of its usr/lib/sysusers.d files, wanted where `callsSysusers`. */
export type AccountPackage = Pick<RootPackage, 'name' | 'control'> & { readonly sysusers: readonly string[] }

/** What a closure asks for: each name once, in name order. */
export interface Accounts extends AccountRequests {
  readonly unresolved: readonly Unresolved[]
}

/** Whether a package's scripts have users made from its sysusers.d files, so that its data must be looked into. */
export function callsSysusers(control: RootPackage['control']): boolean {
  return installScripts({ control }).some((script) => /\bsystemd-sysusers\b/.test(script))
}

/** The users and groups that packages create. Of several requests for a name the first package's counts, in name order. */
export function accountsOf(packages: readonly AccountPackage[]): Accounts {
  const asked = [...packages].sort((a, b) => (a.name < b.name ? -1 : 1)).map(accountsOfPackage)
  return {
    users: firstOf(asked.flatMap(({ users }) => users)),
    groups: firstOf(asked.flatMap(({ groups }) => groups)),
    memberships: asked.flatMap(({ memberships }) => memberships),
    unresolved: asked.flatMap(({ unresolved }) => unresolved),
  }
}

function accountsOfPackage({ name, control, sysusers }: AccountPackage): Accounts {
  const known = accountTable.get(name)
  if (known !== undefined) return { ...known, unresolved: [] }
  const requests: AccountRequests[] = sysusers.map(parseSysusers)
  const unresolved: Unresolved[] = []
  for (const script of installScripts({ control })) {
    if (!isShell(script) && /\b(adduser|addgroup|useradd|groupadd)\b/.test(script)) {
      unresolved.push({ package: name, about: 'account', command: script.split('\n', 1)[0] ?? '' })
    }
    for (const command of scriptCommands(script)) {
      const request = requestsOf(command)
      if (request === undefined) unresolved.push({ package: name, about: 'account', command: command.source })
      else requests.push(request)
    }
  }
  return {
    users: requests.flatMap(({ users }) => users),
    groups: requests.flatMap(({ groups }) => groups),
    memberships: requests.flatMap(({ memberships }) => memberships),
    unresolved,
  }
}

function firstOf<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  const byName = new Map<string, T>()
  for (const item of items) if (!byName.has(item.name)) byName.set(item.name, item)
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Packages whose scripts mention accounts but make none in a new root, and those whose scripts cannot be read. */
const accountTable: ReadonlyMap<string, AccountRequests> = new Map<string, AccountRequests>([
  // Asks nothing of a fresh system: moves an old group of its own.
  ['adduser', noRequests],
  // Asks debconf for name and directory; these are the defaults.
  [
    'vsftpd',
    {
      ...noRequests,
      users: [
        { name: 'ftp', group: 'ftp', gecos: 'ftp daemon,,,', home: '/srv/ftp', shell: noLogin, makesHome: false },
      ],
      groups: [{ name: 'ftp' }],
    },
  ],
])

/** Texts of the sysusers.d files of a package, where its scripts have them applied. */
export function sysusersOf({ control, tree }: RootPackage): readonly string[] {
  if (!callsSysusers(control)) return []
  return configurationIn(tree, path('usr/lib/sysusers.d'))
}
