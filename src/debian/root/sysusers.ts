/** Parses `sysusers.d` files (sysusers.d(5)): lines `u`, `u!`, `g` and `m`; id ranges (`r`) do not affect who exists. */
import {
  type AccountRequests,
  type GroupRequest,
  groupOfId,
  idOf,
  type Membership,
  noLogin,
  type UserRequest,
} from './account-requests.ts'

/** Users, groups and memberships in a file. */
export function parseSysusers(text: string): AccountRequests {
  const users: UserRequest[] = []
  const groups: GroupRequest[] = []
  const memberships: Membership[] = []
  for (const line of text.split('\n')) {
    const [type, name = '', id = '-', ...rest] = fieldsOf(line)
    if (type === 'g') groups.push({ name, ...idOf('gid', id) })
    if (type === 'm') memberships.push({ user: name, group: id })
    if (type !== 'u' && type !== 'u!') continue
    const [uid = '-', group] = id.split(':')
    const existing = groupOfId(group)
    const own = existing === undefined && (group === undefined || /^(\d+|-)$/.test(group))
    const [gecos, home, shell] = rest.map((field) => (field === '-' ? undefined : field))
    users.push({
      ...{
        name,
        group: existing ?? (own ? name : (group ?? name)),
        gecos: gecos ?? '',
        home: home ?? '/',
        shell: shell ?? noLogin,
      },
      ...{ makesHome: false, ...idOf('uid', uid) },
    })
    if (own) groups.push({ name, ...idOf('gid', group ?? uid) })
  }
  return { users, groups, memberships }
}

/** Fields of a line of systemd's configuration formats: separated by white space, quoted by " or ' if they contain some. */
export function fieldsOf(line: string): readonly string[] {
  if (/^\s*(#|$)/.test(line)) return []
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
}
