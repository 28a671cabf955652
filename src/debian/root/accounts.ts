/** Users and groups that a package may create, in addition to base-passwd's static ones: the accounts that the lock gives ids to. */
import { path } from '../../tree/path.ts'
import { type AccountRequests, requestsOf } from './account-requests.ts'
import { configurationIn, type RootPackage } from './input.ts'
import { mentions, possibleCommands } from './scripts/possible.ts'
import { parseSysusers } from './sysusers.ts'

/** Account data of a package. `sysusers` are the contents of its usr/lib/sysusers.d files, needed if `callsSysusers`. */
export type AccountPackage = Pick<RootPackage, 'name' | 'control'> & { readonly sysusers: readonly string[] }

/** Tells whether a package's scripts create users from its sysusers.d files, so that its data must be read. */
export function callsSysusers(control: RootPackage['control']): boolean {
  return mentions({ control }, 'systemd-sysusers')
}

/** Users and groups that the packages may create, each once, in name order. */
export function accountsOf(packages: readonly AccountPackage[]): AccountRequests {
  const asked = [...packages].sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(requestsOfPackage)
  return {
    users: firstOf(asked.flatMap(({ users }) => users)),
    groups: firstOf(asked.flatMap(({ groups }) => groups)),
    memberships: asked.flatMap(({ memberships }) => memberships),
  }
}

function requestsOfPackage({ name, control, sysusers }: AccountPackage): readonly AccountRequests[] {
  const commands = possibleCommands({ name, control })
  return [...sysusers.map(parseSysusers), ...commands.flatMap((command) => requestsOf(command) ?? [])]
}

function firstOf<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  const byName = new Map<string, T>()
  for (const item of items) if (!byName.has(item.name)) byName.set(item.name, item)
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Contents of a package's sysusers.d files, if its scripts apply them. */
export function sysusersOf({ control, tree }: RootPackage): readonly string[] {
  return callsSysusers(control) ? configurationIn(tree, path('usr/lib/sysusers.d')) : []
}
