/** Options of `node({ … })`, checked at the call: location of the project, selection of its packages, platform. */
import { posix, resolve } from 'node:path'
import {
  arrayOf,
  type Check,
  type Checks,
  checkBoolean,
  checkStrings,
  oneOf,
  orDefault,
  recordOf,
  refuse,
} from '../base/check.ts'
import type { Package } from '../source/package.ts'
import { checkWritten, isPackage } from '../source/placeholder.ts'
import { isSecret } from './own-code/patterns.ts'

/** Options of `node` that describe the project. `null` means the default everywhere. */
export interface NodeProjectOptions {
  /** Directory of `package.json` and the npm lock file. Default: the directory of the calling file. */
  readonly directory?: string | null
  /**
   * Workspace to include, by name or directory, with the packages and workspaces that it needs, at the same places. Default: the
   * root project.
   *
   * @example 'packages/api'
   */
  readonly workspace?: string | null
  /** Kinds of dependencies to leave out. Default: `["dev"]`. */
  readonly omit?: readonly ('dev' | 'optional' | 'peer')[] | null
  /** Directory of the project in the image. Default: "/app". */
  readonly place?: string | null
  /**
   * Runtime: a version or a range of Node versions, a package that provides `bin/node`, or "base" for the base image's. Default: the range in
   * `engines.node` of `package.json`, else slipway's own major version.
   *
   * @example '24'
   */
  readonly runtime?: string | Package | null
  /**
   * Files and directories of the project that the image needs; `package.json` is always included. Default: everything.
   *
   * @example ['dist', 'public']
   */
  readonly files?: readonly string[] | null
  /** Patterns, as in `.dockerignore`, of the project's own files to exclude. Default: none. */
  readonly ignore?: readonly string[] | null
  /**
   * Directories below `node_modules` that the project's build generates, to include among its own files. Default: none.
   *
   * @example ['node_modules/.prisma']
   */
  readonly generated?: readonly string[] | null
  /**
   * Directories of the project that the application may write to. Default: none.
   *
   * @example ['.next/cache']
   */
  readonly writable?: readonly string[] | null
  /**
   * Packages whose install scripts are not needed. Default: none.
   *
   * @example { esbuild: 'skip' }
   */
  readonly scripts?: Readonly<Record<string, 'skip'>> | null
  /** Whether tini runs as the first process and starts the command. Default: false. */
  readonly init?: boolean | null
  /** Architecture of the packages, as spelt by both Go and Debian. Default: that of `on`, else this machine's. */
  readonly architecture?: 'amd64' | 'arm64' | null
  /** C library that native packages are chosen for. Default: "glibc". */
  readonly libc?: 'glibc' | 'musl' | null
}

/** Checked options with their defaults; plain data and packages. */
export interface NodeSet {
  /** Absolute path of the project's directory. */
  readonly directory: string
  readonly workspace: string | undefined
  /** Sorted. */
  readonly omit: readonly ('dev' | 'optional' | 'peer')[]
  /** Without a leading "/": "app". */
  readonly place: string
  /** Package of the runtime; undefined if the base image has one. */
  readonly runtime: Package | undefined
  readonly code: OwnCodeOptions
  readonly scripts: Readonly<Record<string, 'skip'>>
  readonly init: boolean
  /** In Go's spelling; undefined for this machine's. */
  readonly architecture: string | undefined
  readonly libc: 'glibc' | 'musl'
}

/** Selection of the project's own files, and their treatment. */
export interface OwnCodeOptions {
  /** Undefined for everything. */
  readonly files: readonly string[] | undefined
  readonly ignore: readonly string[]
  readonly generated: readonly string[]
  readonly writable: readonly string[]
}

/** Result of the checks of the options; `runtime` becomes a package in sets/node.ts. */
export type CheckedOptions = Omit<NodeSet, 'runtime' | 'code' | 'directory'> &
  OwnCodeOptions & {
    /** As it was given. */
    readonly directory: string
    readonly runtime: string | Package | undefined
  }

const place: Check<string> = (value, at) => {
  const given = checkWritten(value, at)
  const clean = posix.normalize(given).replace(/\/$/, '')
  return given.startsWith('/') && clean !== '' ? clean.slice(1) : refuse(at, value, 'an absolute directory, not "/"')
}

const runtime: Check<string | Package> = (value, at) => (isPackage(value) ? value : checkWritten(value, at))

const inside: Check<string> = (value, at) => {
  const given = checkWritten(value, at)
  const clean = posix.normalize(given).replace(/\/$/, '')
  const leaves = given.startsWith('/') || clean === '..' || clean.startsWith('../')
  return leaves ? refuse(at, value, 'a path inside the project') : clean
}

const generated: Check<string> = (value, at) => {
  const clean = inside(value, at)
  return isSecret(clean) ? refuse(at, value, 'a path without .git, .npmrc and .env*, which no image has') : clean
}

const own: Check<string> = (value, at) => {
  const clean = generated(value, at)
  const isInstalled = clean.split('/').includes('node_modules')
  return isInstalled ? refuse(at, value, 'a path without node_modules, which `generated` is for') : clean
}

const paths = 'an array of paths inside the project'

/** Checks of the options, for `checkArguments`. */
export const nodeChecks: Checks<CheckedOptions> = {
  directory: orDefault(checkWritten, '.'),
  workspace: orDefault(checkWritten, undefined),
  omit: orDefault(sortedKinds, ['dev']),
  place: orDefault(place, 'app'),
  runtime: orDefault(runtime, undefined),
  files: orDefault(arrayOf(own, paths), undefined),
  ignore: orDefault(checkStrings, []),
  generated: orDefault(arrayOf(generated, paths), []),
  writable: orDefault(arrayOf(inside, paths), []),
  scripts: orDefault(recordOf(oneOf(['skip']), 'an object, such as { esbuild: "skip" }'), {}),
  init: orDefault(checkBoolean, false),
  architecture: orDefault(oneOf(['amd64', 'arm64']), undefined),
  libc: orDefault(oneOf(['glibc', 'musl']), 'glibc'),
}

function sortedKinds(value: unknown, at: string): NodeSet['omit'] {
  return [...new Set(arrayOf(oneOf(['dev', 'optional', 'peer']), 'an array of strings')(value, at))].sort()
}

/** Returns the set of checked options. @param home - an absolute directory, from which a relative `directory` starts. */
export function nodeSetOf(
  { files, ignore, generated, writable, ...checked }: CheckedOptions,
  { home, runtime }: { readonly home: string; readonly runtime: Package | undefined },
): NodeSet {
  const code = { files, ignore, generated, writable }
  return { ...checked, directory: resolve(home, checked.directory), runtime, code }
}
