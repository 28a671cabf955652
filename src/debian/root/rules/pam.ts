/**
 * /etc/pam.d/common-* as pam-auth-update(8) writes them for a new system: every profile below /usr/share/pam-configs that is on by default,
 * by descending priority, put into libpam-runtime's templates. `success=end` becomes a jump over the following modules.
 */
import { baseName, path, show } from '../../../tree/path.ts'
import { type Closure, file, type Rule } from './rule.ts'

/** Fields of a profile; those with several lines keep them. */
type Profile = ReadonlyMap<string, string>

/** One of the five files: its template's name for the stack, the profiles' name for it, and the module type of its lines. */
interface Stack {
  readonly file: string
  readonly word: string
  readonly field: string
  readonly type: string
  readonly interactive: boolean
}

const stacks: readonly Stack[] = [
  { file: 'common-account', word: 'account', field: 'Account', type: 'account', interactive: true },
  { file: 'common-auth', word: 'auth', field: 'Auth', type: 'auth', interactive: true },
  { file: 'common-password', word: 'password', field: 'Password', type: 'password', interactive: true },
  { file: 'common-session', word: 'session', field: 'Session', type: 'session', interactive: true },
  {
    ...{ file: 'common-session-noninteractive', word: 'session_nonint', field: 'Session', type: 'session' },
    interactive: false,
  },
]

/** The common files, for a closure with libpam-runtime. */
export const pam: Rule = (closure) => stacks.flatMap((stack) => stackRule(stack, profilesOf(closure))(closure))

function stackRule(stack: Stack, profiles: readonly Profile[]): Rule {
  return (closure) => {
    const template = closure.files.read(path(`usr/share/pam/${stack.file}`))
    if (template === undefined) return []
    const usable = profiles.filter((each) => stack.interactive || each.get('Session-Interactive-Only') !== 'yes')
    const text = Buffer.from(template)
      .toString('utf8')
      .replace(`$${stack.word}_primary\n`, primaryBlock(stack, usable))
      .replace(`$${stack.word}_additional\n`, block(stack, modulesOf(stack, usable, 'Additional')))
    return file(`etc/pam.d/${stack.file}`, text)(closure)
  }
}

function profilesOf({ files }: Closure): readonly Profile[] {
  return [...files.below(path('usr/share/pam-configs'))]
    .map(
      ({ path: at }): Profile =>
        new Map([...parseProfile(Buffer.from(files.read(at) ?? []).toString('utf8')), ['file', show(at)]]),
    )
    .filter((profile) => profile.get('Default') === 'yes')
    .sort((a, b) => Number(b.get('Priority') ?? 0) - Number(a.get('Priority') ?? 0) || (nameOf(a) < nameOf(b) ? -1 : 1))
}

function nameOf(profile: Profile): string {
  return baseName(path(profile.get('file') ?? ''))
}

function parseProfile(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let name = ''
  for (const line of text.split('\n')) {
    const start = /^(\S+):\s*(.*)/.exec(line)
    if (start === null)
      fields.set(name, [fields.get(name) ?? '', line.replace(/^\s+/, '')].filter((part) => part !== '').join('\n'))
    else {
      // An older name of the same field.
      name = (start[1] ?? '').replace(/-Final$/, '')
      fields.set(name, (start[2] ?? '').trim())
    }
  }
  return fields
}

/** Lines of all profiles for one part of a stack; the first module has special lines. */
function modulesOf({ field }: Stack, profiles: readonly Profile[], part: 'Primary' | 'Additional'): readonly string[] {
  return profiles
    .filter((profile) => profile.get(`${field}-Type`) === part)
    .flatMap((profile, index) =>
      ((index === 0 ? profile.get(`${field}-Initial`) : undefined) ?? profile.get(field) ?? '').split('\n'),
    )
    .filter((line) => line !== '')
}

function primaryBlock(stack: Stack, profiles: readonly Profile[]): string {
  const modules = modulesOf(stack, profiles, 'Primary')
  // An empty stack would fall through to its own refusal.
  return modules.length === 0 ? `${stack.type}\t[default=1]\t\t\tpam_permit.so\n` : block(stack, modules)
}

function block({ type }: Stack, modules: readonly string[]): string {
  return modules
    .map((line, index) => `${type}\t${withOptions(line).replaceAll('=end', `=${modules.length - index}`)}\n`)
    .join('')
}

// pam-auth-update writes a blank between a module and its options, even if it has none.
function withOptions(line: string): string {
  return line.endsWith('.so') ? `${line} ` : line
}
