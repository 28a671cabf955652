/** adduser(8) and related programs create accounts; getent(1), id(1) and groups(1) query them. */
import { baseName, path } from '../../../../tree/path.ts'
import { requestsOf } from '../../account-requests.ts'
import { unknownPart } from '../../shell/expand.ts'
import { parseSysusers } from '../../sysusers.ts'
import { groupOfUser, groupsOfUser, hasGroup, hasUser, isMember, namesOf, request, userOf } from '../accounts.ts'
import { change, look } from '../disk.ts'
import { heldAt, type Program, type ProgramCall } from '../system.ts'
import { makeDirectory } from './directories.ts'
import { split } from './options.ts'
import { answers, givesUp } from './results.ts'

const makes: Program = (call) => {
  const found = requestsOf(call)
  if (found === undefined) return givesUp(call, 'the account is unknown')
  const fresh = found.users.filter((user) => hasUser(call, user.name) === false)
  request(call, found, call.cause)
  for (const user of fresh) if (user.makesHome) makeHome(call, user)
  return { status: 0 }
}

function makeHome(
  call: ProgramCall,
  { name, group, home }: { readonly name: string; readonly group: string; readonly home: string },
): void {
  if (!home.startsWith('/') || makeDirectory(call, home, true) !== 'made') return
  const at = look(call, home)
  if (at.kind === 'entry') change(call, at.entry, { mode: 0o755, uname: name, gname: group }, call.cause)
}

/** usermod(8): groups, and fields of the user's line. Passwords and dates of expiry are left as in every new account. */
const usermod: Program = (call) => {
  const { options, operands } = split(call.words, 'c:d:e:f:g:G:l:p:s:u:aLmoU', [
    ...['comment', 'home', 'expiredate', 'inactive', 'gid', 'groups', 'login', 'password', 'shell', 'uid'],
  ])
  const made = makes(call)
  const [name] = operands
  if (made?.status !== 0 || name === undefined) return made
  const given = (short: string, long: string): string | undefined => options.get(short) ?? options.get(long)
  if (given('u', 'uid') !== undefined || given('l', 'login') !== undefined) return givesUp(call, 'changes an account')
  const fields = {
    gecos: given('c', 'comment'),
    home: given('d', 'home'),
    shell: given('s', 'shell'),
    group: given('g', 'gid'),
  }
  return changeUser(call, name, fields)
}

/** The parts of a user's personal data by their options (chfn(1)). */
const parts = [
  ['f', 'full-name'],
  ['r', 'room'],
  ['w', 'work-phone'],
  ['h', 'home-phone'],
] as const

/** chfn(1) writes all four parts, with commas. */
const chfn: Program = (call) => {
  const { options, operands } = split(call.words, 'f:r:w:h:o:u', [...parts.map(([, long]) => long), 'other'])
  const [name] = operands
  if (name === undefined || call.words.includes(undefined)) return givesUp(call, 'the account is unknown')
  const fact = heldAt(call, `user ${name}`)?.fact
  const before = fact?.kind === 'user' ? fact.user.gecos.split(',') : []
  const after = parts.map(([short, long], at) => options.get(short) ?? options.get(long) ?? before[at] ?? '')
  return changeUser(call, name, { gecos: after.join(',') })
}

const chsh: Program = (call) => {
  const { options, operands } = split(call.words, 's:', ['shell'])
  const [name] = operands
  if (name === undefined || call.words.includes(undefined)) return givesUp(call, 'the account is unknown')
  return changeUser(call, name, { shell: options.get('s') ?? options.get('shell') })
}

function changeUser(
  call: ProgramCall,
  name: string,
  fields: Readonly<Record<string, string | undefined>>,
): ReturnType<Program> {
  const changed = Object.entries(fields).filter(([, value]) => value !== undefined)
  const fact = heldAt(call, `user ${name}`)?.fact
  if (changed.length === 0) return { status: 0 }
  if (fact?.kind !== 'user') return hasUser(call, name) === false ? { status: 6 } : givesUp(call, 'changes an account')
  const user = { ...fact.user, ...Object.fromEntries(changed) }
  call.shell.state.facts.set(`user ${name}`, { fact: { ...fact, user }, cause: call.cause })
  return { status: 0 }
}

const getent: Program = (call) => {
  const [database, key] = call.words
  if (database !== 'passwd' && database !== 'group') return { status: undefined, output: undefined }
  const kind = database === 'passwd' ? 'user' : 'group'
  const line = (name: string): string => (kind === 'user' ? userLine(call, name) : `${name}:x:${unknownPart}\n`)
  if (call.words.length === 1) {
    const names = namesOf(call, kind)
    return { status: 0, output: names?.map(line).join('') }
  }
  const has = key === undefined ? undefined : kind === 'user' ? hasUser(call, key) : hasGroup(call, key)
  if (has === undefined || key === undefined) return { status: undefined, output: undefined }
  return has ? { status: 0, output: line(key) } : { status: 2 }
}

/** A line of passwd, without numbers and personal data. */
function userLine(call: ProgramCall, name: string): string {
  const { home, shell } = userOf(call, name) ?? { home: unknownPart, shell: unknownPart }
  return `${name}:x:${unknownPart}:${unknownPart}:${unknownPart}:${home}:${shell}\n`
}

const id: Program = (call) => {
  const { options, operands } = split(call.words, 'ugGnrz')
  const [name] = operands
  if (operands.length === 0) return { status: 0, output: options.has('u') ? '0\n' : undefined }
  const has = name === undefined ? undefined : hasUser(call, name)
  if (has !== true || name === undefined) return { ...answers(has), output: has === false ? '' : undefined }
  const group = options.has('g') && options.has('n') ? groupOfUser(call, name) : undefined
  if (options.has('G') && options.has('n')) return { status: 0, output: groupsOfUser(call, name)?.join(' ') }
  if (options.has('u') && options.has('n')) return { status: 0, output: `${name}\n` }
  return { status: 0, output: group === undefined ? undefined : `${group}\n` }
}

const groups: Program = (call) => {
  const [name] = call.words
  const has = name === undefined ? undefined : hasUser(call, name)
  if (has !== true || name === undefined) return { ...answers(has), output: has === false ? '' : undefined }
  const own = groupsOfUser(call, name)
  return { status: 0, output: own === undefined ? undefined : `${name} : ${own.join(' ')}\n` }
}

/** `deluser USER GROUP`; a new system has nothing else to delete. */
const deluser: Program = (call) => {
  const [user, group] = split(call.words, 'q').operands
  if (group === undefined || user === undefined) return { status: call.words.includes(undefined) ? undefined : 0 }
  const member = isMember(call, user, group)
  return member === false ? { status: 6 } : givesUp(call, 'removes a user from a group')
}

/** systemd-sysusers(8): the given files, from usr/lib/sysusers.d, or all. */
const sysusers: Program = (call) => {
  const { files } = call.system
  if (files === undefined) return { status: 0 }
  const names = split(call.words, '', ['root', 'replace', 'image']).operands
  const folder = path('usr/lib/sysusers.d')
  for (const entry of files.below(folder)) {
    const isAsked = names.length === 0 || names.some((name) => name?.replace(/.*\//, '') === baseName(entry.path))
    const text = isAsked && entry.path.endsWith('.conf') ? files.read(entry.path) : undefined
    if (text !== undefined) request(call, parseSysusers(Buffer.from(text).toString('utf8')), call.cause)
  }
  return { status: 0 }
}

/** The programs by name. */
export const accountPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...['adduser', 'addgroup', 'useradd', 'groupadd'].map((name) => [name, makes] as const),
  ['usermod', usermod],
  ['chfn', chfn],
  ['chsh', chsh],
  ['getent', getent],
  ['id', id],
  ['groups', groups],
  ['deluser', deluser],
  ['delgroup', () => ({ status: 0 })],
  ['systemd-sysusers', sysusers],
  ['whoami', () => ({ status: 0, output: 'root\n' })],
])
