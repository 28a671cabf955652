/**
 * Commands on files as a typed function: what it says is recorded, and is plain data.
 *
 * The function is called once, at once, and cannot read the tree. Every argument is checked at the call, so a mistake is told with its
 * place; what only the tree can tell (a missing parent) is told by `applyEdits`. Texts may hold placeholders.
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

/** Permissions and owner of what is made; where left out, 0755 or 0644 and root, or what was there before. */
export interface Ownership {
  readonly mode?: number | null
  readonly uid?: number | null
  readonly gid?: number | null
}
/** For commands that make something: whether to act only where nothing stands yet. */
export interface IfMissing {
  readonly ifMissing?: boolean | null
}
/** For commands on what is there: `skip` does nothing where nothing stands; else that is an error. */
export interface Skip {
  readonly ifMissing?: 'skip' | null
}
/** For commands on what is there: whether all that lies below is meant too. */
export interface Recursive {
  readonly recursive?: boolean | null
}

/** What a command function is given. Paths start at the image's root, with or without "/". */
export interface Root {
  /** Makes a directory and those above it. Where one stands, it gets what the options say. */
  mkdir(path: string, options?: (Ownership & IfMissing) | null): void
  /** Makes or replaces a file. A link of this name is replaced, not followed. */
  write(path: string, content: string | Uint8Array, options?: (Ownership & IfMissing) | null): void
  /** Adds to the end of a file, which is made where it is missing. A link of this name becomes a file with what it led to. */
  append(path: string, content: string | Uint8Array, options?: (Ownership & Skip) | null): void
  /** Gives a file a second name, as `ln` does. */
  link(target: string, path: string, options?: IfMissing | null): void
  /** Makes a symbolic link at `path`, as `ln -s` does. A file or link of this name is replaced. */
  symlink(target: string, path: string, options?: (Pick<Ownership, 'uid' | 'gid'> & IfMissing) | null): void
  /** Copies a file, a link, or a directory with all that is in it; a directory that stands at `path` is added to. */
  copy(from: string, path: string, options?: IfMissing | null): void
  /** Sets the permissions; links below are left alone. */
  chmod(path: string, mode: number, options?: (Recursive & Skip) | null): void
  /** Sets the owner, of links too. */
  chown(
    path: string,
    owner: { readonly uid?: number; readonly gid?: number },
    options?: (Recursive & Skip) | null,
  ): void
  /** Removes a file, a link, or a directory with all that is in it. */
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

/** One recorded command: JSON and nothing else, frozen. */
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
 * What a command function records.
 *
 * @param commands - called once, with a `Root`.
 * @param place - the argument it was given as, such as "fakeRootCommands".
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

/** Options that are left out, null or false do not exist in the record: one meaning, one record. */
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

/** A path as it was given: it may hold a placeholder still, so it is checked here and read when it is applied. */
const pathText: Check<string> = (value, place) => {
  const text = checkString(value, place)
  located(place, () => parsePath(text))
  return text
}

const linkTarget: Check<string> = (value, place) => {
  const text = checkString(value, place)
  return text === '' || text.length > longestPath || text.includes('\0')
    ? refuse(place, value, 'what the link leads to')
    : text
}

const fileContent: Check<EditContent> = (value, place) => {
  if (typeof value === 'string') return Object.freeze({ text: value })
  if (value instanceof Uint8Array) return Object.freeze({ base64: Buffer.from(value).toString('base64') })
  return refuse(place, value, 'a string or a Uint8Array')
}

function refuseLate(place: string): never {
  return fail('argument.invalid', `${place}: a command was given after the function had returned.`, {
    remedy: 'Give all commands in the function itself, without waiting for anything.',
    detail: { place },
  })
}

function refuseAsync(place: string, result: PromiseLike<unknown>): never {
  // Its commands are refused when they come; that must not end the process as an unhandled rejection.
  result.then(undefined, () => {})
  return fail('argument.invalid', `${place} is an async function.`, {
    remedy: 'Make it an ordinary one: commands are recorded at once, nothing can be awaited.',
    detail: { place },
  })
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
