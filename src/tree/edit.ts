/**
 * File commands as a typed function, whose calls are recorded as plain data.
 *
 * The function is called once, synchronously, and cannot read the tree. Arguments are checked at the call, so that an error names its
 * place; errors that depend on the tree (a missing parent) are reported by `applyEdits`. Strings may contain placeholders.
 */
import {
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
import { longestPath, path as parsePath } from './path.ts'

/** Permissions and owner of an entry. Default: unchanged; for a new entry, 0o755 (directory) or 0o644 (file), and root. */
export interface Ownership {
  /**
   * Permission bits, from 0 to 0o7777.
   *
   * @example 0o750
   */
  readonly mode?: number | null
  /** User ID of the owner, from 0 to 4294967294. */
  readonly uid?: number | null
  /** Group ID, from 0 to 4294967294. */
  readonly gid?: number | null
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

/** Owner of an entry, at least one of the two. */
export interface Owner {
  /** User ID, from 0 to 4294967294. */
  readonly uid?: number
  /** Group ID, from 0 to 4294967294. */
  readonly gid?: number
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
   * @example root.mkdir('data', { mode: 0o750, uid: 999, gid: 999 })
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
  symlink(target: string, path: string, options?: (Pick<Ownership, 'uid' | 'gid'> & IfMissing) | null): void
  /**
   * Copies a file, a link, or a directory with everything in it; an existing directory at `path` is added to.
   *
   * @example root.copy('etc/skel', 'home/app')
   */
  copy(from: string, path: string, options?: IfMissing | null): void
  /**
   * Sets permissions; skips symbolic links below a directory.
   *
   * @example root.chmod('var/lib/app', 0o700)
   */
  chmod(path: string, mode: number, options?: (Recursive & Skip) | null): void
  /**
   * Sets the owner, of symbolic links too.
   *
   * @example root.chown('data', { uid: 999, gid: 999 }, { recursive: true })
   */
  chown(path: string, owner: Owner, options?: (Recursive & Skip) | null): void
  /**
   * Removes a file, a link, or a directory with everything in it.
   *
   * @example root.remove('usr/share/doc', { ifMissing: 'skip' })
   */
  remove(path: string, options?: Skip | null): void
}

/** Content of a recorded edit. */
export type EditContent = { readonly text: string } | { readonly base64: string }

interface Made {
  readonly path: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
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
  | (Met & { readonly command: 'chmod'; readonly mode: number })
  | (Met & { readonly command: 'chown'; readonly uid?: number; readonly gid?: number })
  | (Met & { readonly command: 'remove' })

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
      const checks = { path: pathText, content: fileContent, options: optionsWith({ ...ownership, ifMissing: skip }) }
      const given = checked('append', { path, content, options }, checks)
      add({ command: 'append', path: given.path, content: given.content, ...given.options })
    },
    link(target, path, options) {
      const checks = { target: pathText, path: pathText, options: optionsWith({ ifMissing: flag }) }
      const given = checked('link', { target, path, options }, checks)
      add({ command: 'link', target: given.target, path: given.path, ...given.options })
    },
    symlink(target, path, options) {
      const checks = { target: linkTarget, path: pathText, options: optionsWith({ ...owner, ifMissing: flag }) }
      const given = checked('symlink', { target, path, options }, checks)
      add({ command: 'symlink', target: given.target, path: given.path, ...given.options })
    },
    copy(from, path, options) {
      const checks = { from: pathText, path: pathText, options: optionsWith({ ifMissing: flag }) }
      const given = checked('copy', { from, path, options }, checks)
      add({ command: 'copy', from: given.from, path: given.path, ...given.options })
    },
    chmod(path, mode, options) {
      const given = checked('chmod', { path, mode, options }, { path: pathText, mode: permissions, options: meeting })
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
const permissions = integerFrom(0, 0o7777, 'an integer from 0 to 0o7777')
const owner = { uid: id, gid: id }
const ownership = { mode: orDefault(permissions, null), ...owner }

const flag = orDefault(checkBoolean, false)
const skip = orDefault(oneOf(['skip']), null)

const making = optionsWith({ ...ownership, ifMissing: flag })
const meeting = optionsWith({ recursive: flag, ifMissing: skip })

const someOwner: Check<Given<{ uid: number | null; gid: number | null }>> = (value, place) => {
  const given = withoutAbsent(objectOf(owner, expectedOwner)(value, place))
  return Object.keys(given).length > 0 ? given : refuse(place, value, expectedOwner)
}

const expectedOwner = 'the owner, such as { uid: 1000, gid: 1000 }'

/** A path as given: it may still contain a placeholder, so it is checked here and parsed when it is applied. */
const pathText: Check<string> = (value, place) => {
  const text = checkString(value, place)
  located(place, () => parsePath(text))
  return text
}

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
