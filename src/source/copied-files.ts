/**
 * `copy()`: files of this machine that an image has at a path of the user's choice, as plain data. Image builders take it beside packages;
 * assembly/copied-files.ts gives it a layer.
 */
import { basename } from 'node:path'
import {
  arrayOf,
  type Check,
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
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { checkMode, type Mode } from '../tree/mode.ts'
import { parseOwner } from '../tree/owner-names.ts'
import { path as parsePath } from '../tree/path.ts'
import { refuseSecret } from '../tree/secrets.ts'
import type { Package } from './package.ts'
import type { PathOptions } from './path.ts'
import { checkWritten, isPackage } from './placeholder.ts'

/** Options of `copy`. */
export interface CopyFilesOptions extends Pick<PathOptions, 'ignore' | 'ignoreFiles' | 'secrets'> {
  /**
   * Path in the image. A directory's content goes into it; a single file is created at it, or, where it ends in "/", in it.
   *
   * @example '/app'
   */
  readonly to: string
  /**
   * Owner of what is copied: `user`, `user:group`, `uid` or `uid:gid`. Names are looked up in the image's own `/etc/passwd` and `/etc/group`,
   * with what `root.user` and `root.group` add; a user without a group brings its primary one. Default: root.
   *
   * @example 'web:web'
   */
  readonly owner?: string | null
  /**
   * Permissions: 0o640 for files, and 0o750 for directories so that they can be searched; or a symbolic mode. Default: "u=rwX,go=rX".
   *
   * @example 'u=rwX,g=rX,o='
   */
  readonly mode?: Mode | null
  /**
   * Modification time of the files, in seconds since 1970, or "content", a time that is derived from each file's bytes. Default: the image's `mtime`.
   *
   * @example 'content'
   */
  readonly mtime?: number | 'content' | null
}

/** Files that an image has at a path of the user's choice: an item of `contents` and `copyToRoot`. */
export interface CopiedFiles {
  /** Mark that tells it from other items of `contents`. */
  readonly kind: 'copied files'
  /** Packages of the files, with the names that single files get. */
  readonly from: readonly { readonly source: Package; readonly name: string }[]
  /** Path in the image. */
  readonly to: string
  /** Whether `to` is a directory even for a single file. */
  readonly into: boolean
  /** Owner, as it was given; null means root. */
  readonly owner: string | null
  /** Permissions. */
  readonly mode: Mode
  /** Modification time of the files; null means the image's. */
  readonly mtime: number | 'content' | null
}

/** Checks a source: a file or directory of this machine, a package of the store, or an array of these. */
export type CopySource = string | Package | readonly (string | Package)[]

/** Settings of a project that no image needs (Docker Compose, Node's --env-file): an exception is `ignore: ["!.env.example"]`. */
const settings = ['.env*']

/**
 * Describes files to copy into an image.
 *
 * @param add - describes a file or directory of this machine.
 * @throws BuildError argument.*, placeholder.misplaced
 */
export function copyFiles(
  from: CopySource,
  given: CopyFilesOptions,
  add: (file: string, options: PathOptions) => Package,
): CopiedFiles {
  const checked = checkArguments('copy', { from, options: given }, { from: sources, options: optionsOf(optionChecks) })
  const { to, owner, mode, mtime, ignore, ignoreFiles, secrets } = checked.options
  const paths = { ignore: secrets === null ? [...settings, ...ignore] : ignore, ignoreFiles, secrets }
  for (const each of checked.from)
    if (!isPackage(each) && secrets === null && basename(each).startsWith('.env'))
      refuseSecret(`copy: ${JSON.stringify(each)}`, 'holds settings of this machine')
  const copied: CopiedFiles = {
    kind: 'copied files',
    from: checked.from.map((source) =>
      isPackage(source) ? { source, name: source.name } : { source: add(source, paths), name: basename(source) },
    ),
    to,
    into: Array.isArray(from) || to.endsWith('/'),
    ...{ owner, mode, mtime },
  }
  // In a template literal it would be "[object Object]".
  return Object.freeze(Object.defineProperty(copied, 'toString', { value: notAString }))
}

/** Tells whether a value is what `copy` returns. */
export function isCopiedFiles(value: unknown): boolean {
  return isPlainObject(value) && value.kind === 'copied files'
}

const source: Check<string | Package> = (value, place) => {
  if (!isPackage(value)) return typeof value === 'string' ? checkWritten(value, place) : refuse(place, value, wanted)
  return value.placement === 'store'
    ? value
    : refuse(place, value.name, 'a package of the store: the files of others are in the image by `contents`')
}

const wanted = 'the path of a file or directory, a package, or an array of those'

const someSources = arrayOf(source)

const sources: Check<readonly (string | Package)[]> = (value, place) => {
  const found = Array.isArray(value) ? someSources(value, place) : [source(value, place)]
  return found.length > 0 ? found : refuse(place, value, wanted)
}

const destination: Check<string> = (value, place) => {
  const to = checkString(value, place)
  parsePath(to)
  return to
}

const owner: Check<string> = (value, place) => {
  const text = checkWritten(value, place)
  return parseOwner(text) === undefined ? refuse(place, value, '"user", "user:group", "uid" or "uid:gid"') : text
}

/** Last second of the year 9999, in Unix time. */
const latest = 253_402_300_799

const mtime: Check<number | 'content'> = (value, place) =>
  value === 'content' || (typeof value === 'number' && integerFrom(0, latest)(value, place) === value)
    ? value
    : refuse(place, value, 'seconds since 1970, or "content"')

const placed = {
  to: destination,
  owner: orDefault(owner, null),
  mtime: orDefault(mtime, null),
  mode: orDefault(checkMode, 'u=rwX,go=rX'),
}

const optionChecks = {
  ...placed,
  secrets: orDefault(oneOf(['allow']), null),
  ignore: orDefault(arrayOf(checkWritten), []),
  ignoreFiles: orDefault(arrayOf(checkWritten), []),
}

const fields = objectOf({
  kind: oneOf(['copied files']),
  from: arrayOf(
    objectOf({
      source: (value, place) => (isPackage(value) ? value : refuse(place, value, wanted)),
      name: checkString,
    }),
  ),
  into: checkBoolean,
  ...placed,
})

/** As an argument: what `copy` returns, without what only people see of it. */
export const checkCopiedFiles: Check<CopiedFiles> = fields

function notAString(): never {
  return fail('argument.invalid', 'The result of copy() was converted to a string.', {
    remedy: 'Put it into `contents` or `copyToRoot`; in a string, use path() or the path in the image.',
  })
}
