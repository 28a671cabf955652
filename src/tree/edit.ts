/**
 * File commands as a typed function, whose calls are recorded as plain data.
 *
 * The function is called once, synchronously, and cannot read the tree. Arguments are checked at the call, so that an error names its
 * place; errors that depend on the tree (a missing parent) are reported by `applyEdits`. Strings may contain placeholders.
 */
import {
  arrayOf,
  type Check,
  type Checks,
  checkArguments,
  checkBoolean,
  checkString,
  integerFrom,
  objectOf,
  oneOf,
  optionsOf,
  orDefault,
  refuse,
} from '../base/check.ts'
import { fail, located } from '../base/error.ts'
import { checkMode, type Mode } from './mode.ts'
import { longestPath, path as parsePath } from './path.ts'

/** Permissions and owner of an entry. Default: unchanged; for a new entry, 0o755 (directory) or 0o644 (file), and root. */
export interface Ownership extends Owner {
  /**
   * Permission bits, from 0 to 0o7777, or a change of them as chmod(1) takes it.
   *
   * @example 0o750
   */
  readonly mode?: Mode | null
}

/** Option of commands that create an entry. */
export interface IfMissing {
  /** Whether to leave an existing entry unchanged. Default: false. */
  readonly ifMissing?: boolean | null
}

/** Option of commands that change an entry. */
export interface Skip {
  /** "skip": do nothing if the entry is missing. Default: a missing entry is an error. */
  readonly ifMissing?: 'skip' | null
}

/** Option of commands that change an entry. */
export interface Recursive {
  /** Whether to change everything below a directory as well. Default: false. */
  readonly recursive?: boolean | null
}

/** Owner of an entry, by name or by number; names are looked up in the root's `/etc/passwd` and `/etc/group` when the command is applied. */
export interface Owner {
  /**
   * User name of the owner.
   *
   * @example 'www-data'
   */
  readonly user?: string | null
  /** Group name. */
  readonly group?: string | null
  /** User ID of the owner, from 0 to 4294967294, instead of `user`. */
  readonly uid?: number | null
  /** Group ID, from 0 to 4294967294, instead of `group`. */
  readonly gid?: number | null
}

/** Options of a new user. */
export interface UserOptions extends IfMissing {
  /** User ID, from 0 to 4294967294. Default: the lowest free one from 1000 on. */
  readonly uid?: number | null
  /** Name of the primary group, which must exist. Default: the user's name; the group is added unless it exists. */
  readonly group?: string | null
  /** Names of further groups, which must exist. Default: none. */
  readonly groups?: readonly string[] | null
  /** Home directory, which is created unless it exists; "/nonexistent" never is. Default: "/home/<name>". */
  readonly home?: string | null
  /** Login shell, which need not exist. Default: "/usr/sbin/nologin". */
  readonly shell?: string | null
}

/** Options of a new group. */
export interface GroupOptions extends IfMissing {
  /** Group ID, from 0 to 4294967294. Default: the lowest free one from 1000 on. */
  readonly gid?: number | null
}

/**
 * Commands on an image's root file system. Paths start at its root, with or without a leading "/". Commands are recorded, so nothing can be
 * read.
 *
 * Invalid arguments are reported at the call (argument.invalid); a missing entry (edit.missing) and an entry of another kind
 * (edit.conflict) when the image is built.
 */
export interface Root {
  /**
   * Creates a directory and its missing parents; an existing one gets the given permissions and owner.
   *
   * @example root.mkdir('data', { mode: 0o750, user: 'redis', group: 'redis' })
   */
  mkdir(path: string, options?: (Ownership & IfMissing) | null): void
  /**
   * Creates or replaces a file. A link at the path is replaced, not followed.
   *
   * @example root.write('etc/motd', 'hello\n')
   */
  write(path: string, content: string | Uint8Array, options?: (Ownership & IfMissing) | null): void
  /**
   * Appends to a file, creating it if it is missing. A link at the path becomes a file with its target's content.
   *
   * @example root.append('etc/hosts', '192.0.2.1 database\n')
   */
  append(path: string, content: string | Uint8Array, options?: (Ownership & Skip) | null): void
  /**
   * Creates a hard link to a file, as `ln` does.
   *
   * @example root.link('bin/busybox', 'bin/sh')
   */
  link(target: string, path: string, options?: IfMissing | null): void
  /**
   * Creates a symbolic link at `path`, as `ln -s` does. Replaces a file or link at the path.
   *
   * @example root.symlink('/run', 'var/run')
   */
  symlink(target: string, path: string, options?: (Owner & IfMissing) | null): void
  /**
   * Copies a file, a link, or a directory with everything in it, from the root or from a store path; an existing directory at `path` is added to.
   *
   * @param from - a path, or a package of the store.
   * @example root.copy('etc/skel', 'home/app')
   */
  copy(from: string | { readonly path: string }, path: string, options?: IfMissing | null): void
  /**
   * Sets permissions, from 0 to 0o7777, or changes them as chmod(1) does; skips symbolic links below a directory.
   *
   * @example root.chmod('var/lib/app', 'u=rwX,go=', { recursive: true })
   */
  chmod(path: string, mode: Mode, options?: (Recursive & Skip) | null): void
  /**
   * Sets the owner, of symbolic links too.
   *
   * @example root.chown('data', { user: 'redis', group: 'redis' }, { recursive: true })
   */
  chown(path: string, owner: Owner, options?: (Recursive & Skip) | null): void
  /**
   * Adds a user, as useradd(8) does: to `/etc/passwd`, `/etc/group`, and, where the root has them, `/etc/shadow` (locked) and `/etc/gshadow`.
   *
   * @example root.user('app', { uid: 1000, home: '/app' })
   */
  user(name: string, options?: UserOptions | null): void
  /**
   * Adds a group, as groupadd(8) does.
   *
   * @example root.group('media', { gid: 1100 })
   */
  group(name: string, options?: GroupOptions | null): void
  /**
   * Removes a file, a link, or a directory with everything in it.
   *
   * @example root.remove('usr/share/doc', { ifMissing: 'skip' })
   */
  remove(path: string, options?: Skip | null): void
}

/** Content of a recorded edit. */
export type EditContent = { readonly text: string } | { readonly base64: string }

/** Owner of a recorded edit. */
export interface EditOwner {
  readonly user?: string
  readonly group?: string
  readonly uid?: number
  readonly gid?: number
}
interface Made extends EditOwner {
  readonly path: string
  readonly mode?: Mode
  readonly ifMissing?: true
}
interface Met {
  readonly path: string
  readonly ifMissing?: 'skip'
  readonly recursive?: true
}

/** Recorded command: frozen JSON data. */
export type Edit =
  | (Made & { readonly command: 'mkdir' })
  | (Made & { readonly command: 'write'; readonly content: EditContent })
  | (Omit<Made, 'ifMissing'> & {
      readonly command: 'append'
      readonly content: EditContent
      readonly ifMissing?: 'skip'
    })
  | (Made & { readonly command: 'link'; readonly target: string })
  | (Made & { readonly command: 'symlink'; readonly target: string })
  | (Made & { readonly command: 'copy'; readonly from: string })
  | (Met & { readonly command: 'chmod'; readonly mode: Mode })
  | (Met & EditOwner & { readonly command: 'chown' })
  | (Met & { readonly command: 'remove' })
  | UserEdit
  | GroupEdit

/** Recorded `root.user`. */
export interface UserEdit {
  readonly command: 'user'
  readonly name: string
  readonly uid?: number
  readonly group?: string
  readonly groups?: readonly string[]
  readonly home?: string
  readonly shell?: string
  readonly ifMissing?: true
}

/** Recorded `root.group`. */
export interface GroupEdit {
  readonly command: 'group'
  readonly name: string
  readonly gid?: number
  readonly ifMissing?: true
}

/**
 * Records the commands of a function.
 *
 * @param commands - called once, with a `Root`.
 * @param place - name of the argument, such as "fakeRootCommands".
 * @throws BuildError argument.invalid, argument.unknown
 */
export function record(commands: unknown, place: string): readonly Edit[] {
  if (typeof commands !== 'function')
    return refuse(place, commands, 'a function, such as (root) => { root.mkdir("/data") }')
  const edits: Edit[] = []
  let done = false
  const result: unknown = commands(
    recorder((edit) => {
      if (done) refuseLate(place)
      edits.push(Object.freeze(edit))
    }, place),
  )
  done = true
  if (isThenable(result)) refuseAsync(place, result)
  return Object.freeze(edits)
}

function recorder(add: (edit: Edit) => void, place: string): Root {
  const checked = <T>(command: string, given: object, checks: Checks<T>): T =>
    checkArguments(`${place}: root.${command}`, given, checks)
  return Object.freeze<Root>({
    mkdir(path, options) {
      const given = checked('mkdir', { path, options }, { path: pathText, options: making })
      add({ command: 'mkdir', path: given.path, ...given.options })
    },
    write(path, content, options) {
      const checks = { path: pathText, content: fileContent, options: making }
      const given = checked('write', { path, content, options }, checks)
      add({ command: 'write', path: given.path, content: given.content, ...given.options })
    },
    append(path, content, options) {
      const checks = {
        path: pathText,
        content: fileContent,
        options: owning(optionsWith({ ...owner, mode, ifMissing: skip })),
      }
      const given = checked('append', { path, content, options }, checks)
      add({ command: 'append', path: given.path, content: given.content, ...given.options })
    },
    link(target, path, options) {
      const checks = { target: pathText, path: pathText, options: optionsWith({ ifMissing: flag }) }
      const given = checked('link', { target, path, options }, checks)
      add({ command: 'link', target: given.target, path: given.path, ...given.options })
    },
    symlink(target, path, options) {
      const checks = { target: linkTarget, path: pathText, options: owning(optionsWith({ ...owner, ifMissing: flag })) }
      const given = checked('symlink', { target, path, options }, checks)
      add({ command: 'symlink', target: given.target, path: given.path, ...given.options })
    },
    copy(from, path, options) {
      const checks = { from: pathOrPackage, path: pathText, options: optionsWith({ ifMissing: flag }) }
      const given = checked('copy', { from, path, options }, checks)
      add({ command: 'copy', from: given.from, path: given.path, ...given.options })
    },
    chmod(path, mode, options) {
      const given = checked('chmod', { path, mode, options }, { path: pathText, mode: checkMode, options: meeting })
      add({ command: 'chmod', path: given.path, mode: given.mode, ...given.options })
    },
    chown(path, to, options) {
      const checks = { path: pathText, owner: someOwner, options: meeting }
      const given = checked('chown', { path, owner: to, options }, checks)
      add({ command: 'chown', path: given.path, ...given.owner, ...given.options })
    },
    remove(path, options) {
      const checks = { path: pathText, options: optionsWith({ ifMissing: skip }) }
      const given = checked('remove', { path, options }, checks)
      add({ command: 'remove', path: given.path, ...given.options })
    },
    user(name, options) {
      const given = checked('user', { name, options }, { name: accountName, options: userOptions })
      add({ command: 'user', name: given.name, ...given.options })
    },
    group(name, options) {
      const checks = { name: accountName, options: optionsWith({ gid: id, ifMissing: flag }) }
      const given = checked('group', { name, options }, checks)
      add({ command: 'group', name: given.name, ...given.options })
    },
  })
}

/** Options that are omitted, null or false are not recorded, so equal meanings have equal records. */
function optionsWith<T extends object>(checks: Checks<T>): Check<Given<T>> {
  const options = optionsOf(checks)
  return (value, place) => withoutAbsent(options(value, place))
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], null | false> }

function withoutAbsent<T extends object>(options: T): Given<T> {
  const given: { [K in keyof T]?: Exclude<T[K], null | false> } = {}
  for (const key in options) {
    const value = options[key]
    if (isGiven(value)) given[key] = value
  }
  return given
}

function isGiven<T>(value: T): value is Exclude<T, null | false> {
  return value !== null && value !== false
}

const id = orDefault(integerFrom(0, 2 ** 32 - 2), null)

/** useradd(8), "CAVEATS": the names that it takes; and dots, which adduser(8) takes too. */
const accountName: Check<string> = (value, place) => {
  const name = checkString(value, place)
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(name)
    ? name
    : refuse(place, value, 'the name of an account, such as "app"')
}

const name = orDefault(accountName, null)
const owner = { user: name, group: name, uid: id, gid: id }
const mode = orDefault(checkMode, null)

const flag = orDefault(checkBoolean, false)
const skip = orDefault(oneOf(['skip']), null)

/** A check of options among which an owner may be given. */
function owning<T extends EditOwner>(options: Check<T>): Check<T> {
  return (value, place) => onceEach(options(value, place), place)
}

const making = owning(optionsWith({ ...owner, mode, ifMissing: flag }))
const meeting = optionsWith({ recursive: flag, ifMissing: skip })

const someOwner: Check<EditOwner> = (value, place) => {
  const given = onceEach(withoutAbsent(objectOf(owner, expectedOwner)(value, place)), place)
  return Object.keys(given).length > 0 ? given : refuse(place, value, expectedOwner)
}

const expectedOwner = 'the owner, such as { user: "app", group: "app" }'

function onceEach<T extends EditOwner>(given: T, place: string): T {
  for (const [byName, byNumber] of [
    ['user', 'uid'],
    ['group', 'gid'],
  ] as const)
    if (given[byName] !== undefined && given[byNumber] !== undefined)
      refuse(`${place}.${byName}`, given[byName], `left out where ${byNumber} is given`)
  return given
}

/** A field of passwd(5). */
const field: Check<string> = (value, place) => {
  const text = checkString(value, place)
  return /^\/[^:\n\0]*$/.test(text) ? text : refuse(place, value, 'an absolute path without ":" and line feeds')
}

const userOptions = optionsWith({
  uid: id,
  group: name,
  groups: orDefault(arrayOf(accountName, 'an array of names of groups'), null),
  home: orDefault(field, null),
  shell: orDefault(field, null),
  ifMissing: flag,
})

/** A path as given: it may still contain a placeholder, so it is checked here and parsed when it is applied. */
const pathText: Check<string> = (value, place) => {
  const text = checkString(value, place)
  located(place, () => parsePath(text))
  return text
}

/** A package stands for its store path. */
const pathOrPackage: Check<string> = (value, place) =>
  pathText(typeof value === 'object' && value !== null && 'path' in value ? value.path : value, place)

const linkTarget: Check<string> = (value, place) => {
  const text = checkString(value, place)
  return text === '' || text.length > longestPath || text.includes('\0')
    ? refuse(place, value, 'the target of the link')
    : text
}

const fileContent: Check<EditContent> = (value, place) => {
  if (typeof value === 'string') return Object.freeze({ text: value })
  if (value instanceof Uint8Array) return Object.freeze({ base64: Buffer.from(value).toString('base64') })
  return refuse(place, value, 'a string or a Uint8Array')
}

function refuseLate(place: string): never {
  return fail('argument.invalid', `${place}: a command was called after the function had returned.`, {
    remedy: 'Call all commands synchronously in the function itself.',
    detail: { place },
  })
}

function refuseAsync(place: string, result: PromiseLike<unknown>): never {
  // Its later commands are refused; that must not end the process as an unhandled rejection.
  result.then(undefined, () => {})
  return fail('argument.invalid', `${place} is an async function.`, {
    remedy: 'Remove async: commands are recorded synchronously, so there is nothing to await.',
    detail: { place },
  })
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
