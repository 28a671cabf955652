/**
 * Commands on files as a typed function: what it says is recorded, and is plain data.
 *
 * The function is called once, at once, and cannot read the tree. Every argument is checked at the call, so a mistake is told with its
 * place; what only the tree can tell (a missing parent) is told by `applyEdits`. Texts may hold placeholders.
 */
import { checkBoolean, checkInteger, checkObject, checkString, refuse } from '../base/check.ts'
import { BuildError, fail } from '../base/error.ts'
import { path as parsePath } from './path.ts'

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
  return Object.freeze<Root>({
    mkdir(path, options) {
      const at = `${place}: root.mkdir`
      const given = checkObject(options ?? {}, at, made)
      add({ command: 'mkdir', path: pathAt(path, at), ...ownership(given, at), ...onlyIfMissing(given, at) })
    },
    write(path, content, options) {
      const at = `${place}: root.write`
      const given = checkObject(options ?? {}, at, made)
      const start = { command: 'write', path: pathAt(path, at), content: contentAt(content, at) } as const
      add({ ...start, ...ownership(given, at), ...onlyIfMissing(given, at) })
    },
    append(path, content, options) {
      const at = `${place}: root.append`
      const given = checkObject(options ?? {}, at, made)
      const start = { command: 'append', path: pathAt(path, at), content: contentAt(content, at) } as const
      add({ ...start, ...ownership(given, at), ...skipIfMissing(given, at) })
    },
    link(target, path, options) {
      const at = `${place}: root.link`
      const given = checkObject(options ?? {}, at, ['ifMissing'])
      add({ command: 'link', target: pathAt(target, at), path: pathAt(path, at), ...onlyIfMissing(given, at) })
    },
    symlink(target, path, options) {
      const at = `${place}: root.symlink`
      const given = checkObject(options ?? {}, at, ['uid', 'gid', 'ifMissing'])
      const start = { command: 'symlink', target: targetAt(target, at), path: pathAt(path, at) } as const
      add({ ...start, ...ownership(given, at), ...onlyIfMissing(given, at) })
    },
    copy(from, path, options) {
      const at = `${place}: root.copy`
      const given = checkObject(options ?? {}, at, ['ifMissing'])
      add({ command: 'copy', from: pathAt(from, at), path: pathAt(path, at), ...onlyIfMissing(given, at) })
    },
    chmod(path, mode, options) {
      const at = `${place}: root.chmod`
      const given = checkObject(options ?? {}, at, met)
      add({ command: 'chmod', path: pathAt(path, at), mode: modeAt(mode, at), ...reach(given, at) })
    },
    chown(path, owner, options) {
      const at = `${place}: root.chown`
      const given = ownership(checkObject(owner, at, ['uid', 'gid']), at)
      if (Object.keys(given).length === 0) refuse(at, owner, 'the owner, such as { uid: 1000, gid: 1000 }')
      const start = { command: 'chown', path: pathAt(path, at), ...given } as const
      add({ ...start, ...reach(checkObject(options ?? {}, at, met), at) })
    },
    remove(path, options) {
      const at = `${place}: root.remove`
      add({ command: 'remove', path: pathAt(path, at), ...reach(checkObject(options ?? {}, at, ['ifMissing']), at) })
    },
  })
}

type Given = Readonly<Record<string, unknown>>

const made = ['mode', 'uid', 'gid', 'ifMissing']
const met = ['recursive', 'ifMissing']

/** Options that are left out, null or false do not exist in the record: one meaning, one record. */
function ownership({ mode, uid, gid }: Given, at: string): { mode?: number; uid?: number; gid?: number } {
  return {
    ...(isGiven(mode) ? { mode: modeAt(mode, at) } : {}),
    ...(isGiven(uid) ? { uid: checkInteger(uid, `${at}: uid`, ids) } : {}),
    ...(isGiven(gid) ? { gid: checkInteger(gid, `${at}: gid`, ids) } : {}),
  }
}

function onlyIfMissing({ ifMissing }: Given, at: string): { ifMissing?: true } {
  return isGiven(ifMissing) && checkBoolean(ifMissing, `${at}: ifMissing`) ? { ifMissing: true } : {}
}

function skipIfMissing({ ifMissing }: Given, at: string): { ifMissing?: 'skip' } {
  if (!isGiven(ifMissing)) return {}
  return ifMissing === 'skip' ? { ifMissing } : refuse(`${at}: ifMissing`, ifMissing, '"skip", or leave it out')
}

function reach(given: Given, at: string): { recursive?: true; ifMissing?: 'skip' } {
  const all = isGiven(given.recursive) && checkBoolean(given.recursive, `${at}: recursive`)
  return { ...(all ? { recursive: true } : {}), ...skipIfMissing(given, at) }
}

const ids = { least: 0, most: 2 ** 32 - 2 }

function modeAt(mode: unknown, at: string): number {
  return checkInteger(mode, `${at}: mode`, { least: 0, most: 0o7777 })
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** A path as it was given: it may hold a placeholder still, so it is checked here and read when it is applied. */
function pathAt(given: unknown, at: string): string {
  const text = checkString(given, `${at}: path`)
  try {
    parsePath(text)
  } catch (cause) {
    if (!(cause instanceof BuildError)) throw cause
    fail(cause.code, `${at}: ${cause.message}`, { remedy: '', cause, detail: { place: at } })
  }
  return text
}

function targetAt(given: unknown, at: string): string {
  const text = checkString(given, `${at}: target`)
  return text === '' || text.includes('\0') ? refuse(`${at}: target`, given, 'what the link leads to') : text
}

function contentAt(given: unknown, at: string): EditContent {
  if (typeof given === 'string') return Object.freeze({ text: given })
  if (given instanceof Uint8Array) return Object.freeze({ base64: Buffer.from(given).toString('base64') })
  return refuse(`${at}: content`, given, 'a text or a Uint8Array')
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
