/** `root.user` and `root.group` as changes of account files (passwd(5), group(5), shadow(5), gshadow(5)), which useradd(8) would make too. */
import { fail } from '../base/error.ts'
import type { Edit, EditContent, GroupEdit, UserEdit } from './edit.ts'
import { type Accounts, parseAccounts, recordsOf, unknown } from './owner-names.ts'

/** Content of the account files of a root, one character per byte; undefined where there is no such file. */
export interface AccountTexts {
  readonly passwd: string | undefined
  readonly group: string | undefined
  readonly shadow: string | undefined
  readonly gshadow: string | undefined
}

/** Returns the edits that add an account. @throws BuildError edit.conflict, account.unknown */
export function accountEdits(edit: UserEdit | GroupEdit, given: AccountTexts): readonly Edit[] {
  const before = withRoot(given)
  const accounts = parseAccounts(before.passwd ?? '', before.group ?? '')
  const present = edit.command === 'user' ? accounts.users.get(edit.name)?.uid : accounts.groups.get(edit.name)
  if (present !== undefined)
    return edit.ifMissing === true ? [] : refuse(`the ${edit.command} ${JSON.stringify(edit.name)} exists: ${present}`)
  return edit.command === 'user' ? userEdits(edit, before, accounts) : groupEdits(edit, before, accounts)
}

function groupEdits({ name, gid: wanted }: GroupEdit, before: AccountTexts, accounts: Accounts): readonly Edit[] {
  const gid = freeId('group', wanted, accounts.groups.values())
  return written(withGroup(before, name, gid))
}

function userEdits(edit: UserEdit, before: AccountTexts, accounts: Accounts): readonly Edit[] {
  const { name, home = `/home/${edit.name}`, shell = '/usr/sbin/nologin', groups = [] } = edit
  const uid = freeId(
    'user',
    edit.uid,
    Iterator.from(accounts.users.values()).map((user) => user.uid),
  )
  const known = accounts.groups.get(edit.group ?? name)
  if (edit.group !== undefined && known === undefined) unknown('group', edit.group, accounts, addFirst)
  for (const group of groups) if (!accounts.groups.has(group)) unknown('group', group, accounts, addFirst)
  const gid = known ?? freeId('group', taken(uid, accounts.groups.values()) ? undefined : uid, accounts.groups.values())
  const grouped = known === undefined ? withGroup(before, name, gid) : before
  const after = {
    passwd: line(grouped.passwd, [name, 'x', uid, gid, '', home, shell]),
    group: withMember(grouped.group, name, { groups, at: 3 }),
    shadow: grouped.shadow === undefined ? undefined : line(grouped.shadow, [name, '!', '', '', '', '', '', '', '']),
    gshadow: withMember(grouped.gshadow, name, { groups, at: 3 }),
  }
  const own: readonly Edit[] =
    home === '/nonexistent' ? [] : [{ command: 'mkdir', path: home, uid, gid, ifMissing: true }]
  return [...written(after), ...own]
}

const addFirst = 'Add it with root.group before.'

/** Programs look root up by name: an account file that is new has it. */
function withRoot(before: AccountTexts): AccountTexts {
  return { ...before, passwd: before.passwd ?? 'root:x:0:0:root:/root:/bin/sh\n', group: before.group ?? 'root:x:0:\n' }
}

function withGroup(before: AccountTexts, name: string, gid: number): AccountTexts {
  return {
    ...before,
    group: line(before.group, [name, 'x', gid, '']),
    gshadow: before.gshadow === undefined ? undefined : line(before.gshadow, [name, '!', '', '']),
  }
}

function line(text: string = '', fields: readonly (string | number)[]): string {
  return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${fields.join(':')}\n`
}

/** Adds a member to the lists, which are the last field, of some groups. */
function withMember<T extends string | undefined>(
  text: T,
  member: string,
  { groups, at }: { readonly groups: readonly string[]; readonly at: number },
): T | string {
  if (text === undefined || groups.length === 0) return text
  const lines = recordsOf(text).map((fields) => {
    const [name = ''] = fields
    const members = (fields[at] ?? '').split(',').filter((each) => each !== '')
    if (!groups.includes(name) || members.includes(member)) return fields.join(':')
    return [...fields.slice(0, at), [...members, member].join(',')].join(':')
  })
  return `${lines.join('\n')}\n`
}

/** As useradd(8): the lowest free ID of those that it gives to people. */
function freeId(kind: 'user' | 'group', wanted: number | undefined, ids: Iterable<number>): number {
  const used = new Set(ids)
  if (wanted !== undefined)
    return used.has(wanted) ? refuse(`the ${kind} ID ${wanted} belongs to another ${kind}`) : wanted
  let id = 1000
  while (used.has(id)) id += 1
  return id
}

function taken(id: number, ids: Iterable<number>): boolean {
  return new Set(ids).has(id)
}

function written(after: AccountTexts): readonly Edit[] {
  const files = Object.entries(after).flatMap(([name, text]): Edit[] =>
    text === undefined ? [] : [{ command: 'write', path: `/etc/${name}`, content: bytesOf(text) }],
  )
  return [{ command: 'mkdir', path: '/etc', ifMissing: true }, ...files]
}

function bytesOf(text: string): EditContent {
  return { base64: Buffer.from(text, 'latin1').toString('base64') }
}

function refuse(fact: string): never {
  return fail('edit.conflict', `${fact}.`, {
    remedy: 'Choose another name or ID, or leave an account that exists as it is: { ifMissing: true }.',
  })
}
