/**
 * Package sets: the packages of one source and all builders bound to it; what `pkgs` is in nixpkgs (docs/sets.md).
 *
 * `pkgs` answers every well-formed name with one lazy package; whether it exists is asked when the image is built.
 */
import { checkString } from '../base/check.ts'
import { fail } from '../base/error.ts'
import type { Bound } from '../docker-tools/bound.ts'
import { bindDockerTools, type DockerTools } from '../docker-tools/docker-tools.ts'
import type { FakeNss } from '../docker-tools/helpers.ts'
import { type CopiedFiles, type CopyFilesOptions, type CopySource, copyFiles } from '../source/copied-files.ts'
import { type BuildEnvArguments, buildEnv, type SymlinkJoinArguments, symlinkJoin } from '../source/environment.ts'
import { type FetchArchiveArguments, fetchArchive } from '../source/fetch-archive.ts'
import { type FetchUrlArguments, fetchurl } from '../source/fetch-url.ts'
import type { Package } from '../source/package.ts'
import { copiedPackage, type PathOptions, pathPackage } from '../source/path.ts'
import {
  writeScript,
  writeScriptBin,
  writeShellScript,
  writeShellScriptBin,
  writeText,
  writeTextDir,
} from '../source/text.ts'
import { callSite } from './call-site.ts'

/** Names of packages that editors complete in `pkgs["…"]`; the output of `slipway types` adds those of the locked suites. */
export interface PackageNames {
  /** A package of every Debian archive. */
  'base-files': true
}

/**
 * Packages of a set by name, and the set's builders in nixpkgs' spelling (`pkgs.dockerTools`, `pkgs.buildEnv` …).
 *
 * `pkgs('redis-server')` and `pkgs['redis-server']` are the same package. What every function has (`pkgs.name`, `pkgs.length` …) is not a package,
 * and an error when it is read: a package of such a name is `pkgs('name')`.
 *
 * @example pkgs('redis-server')
 */
export type Packages = {
  (name: keyof PackageNames | (string & {})): Package
  readonly [name: string]: Package
} & { readonly [Name in Exclude<keyof PackageNames, keyof Builders>]: Package } & Builders &
  Readonly<Record<(typeof functionProperties)[number], symbol>> &
  Readonly<Record<(typeof absentProperties)[number], undefined>>

/** Properties of every function, which cannot be packages. Their type, symbol, fits nowhere: not in `contents`, not in a string. */
const functionProperties = ['name', 'length', 'call', 'apply', 'bind', 'arguments', 'caller'] as const

/** Properties that `pkgs` lacks: an awaited set must not look like a promise, nor an inspected one like a package. */
const absentProperties = ['then', 'toJSON', 'constructor', 'prototype'] as const

/** Builders of a set. */
export interface Builders {
  /** Builders of images. */
  readonly dockerTools: DockerTools
  /**
   * Joins packages into one directory of links; a path that two of them provide is an error.
   *
   * @example buildEnv({ name: 'tools', paths: [pkgs('curl'), pkgs('jq')], pathsToLink: ['/bin'] })
   * @throws BuildError argument.*, and environment.collision when built
   */
  buildEnv(given: BuildEnvArguments): Package
  /**
   * Joins packages into one directory of links; where two provide one path, the earlier wins.
   *
   * @example symlinkJoin({ name: 'tools', paths: [pkgs('curl'), pkgs('jq')] })
   * @throws BuildError argument.*
   */
  symlinkJoin(given: SymlinkJoinArguments): Package
  /**
   * Writes a file with this content; the store object is the file itself.
   *
   * @example writeText('redis.conf', 'maxmemory 64mb\n')
   * @throws BuildError argument.invalid
   */
  writeText(name: string, text: string): Package
  /**
   * Writes a directory with one file, at a path relative to it.
   *
   * @example writeTextDir('etc/motd', 'hello\n')
   * @throws BuildError argument.invalid
   */
  writeTextDir(path: string, text: string): Package
  /**
   * Writes an executable file.
   *
   * @example writeScript('start', '#!/bin/sh\nexec redis-server\n')
   * @throws BuildError argument.invalid
   */
  writeScript(name: string, text: string): Package
  /**
   * Writes a directory with an executable file, `bin/<name>`.
   *
   * @example writeScriptBin('start', '#!/bin/sh\nexec redis-server\n')
   * @throws BuildError argument.invalid
   */
  writeScriptBin(name: string, text: string): Package
  /**
   * Writes an executable shell script; the line that names the set's shell is put before it.
   *
   * @example writeShellScript('start', `exec ${pkgs('redis-server')}/usr/bin/redis-server`)
   * @throws BuildError argument.invalid - the set has no shell
   */
  writeShellScript(name: string, text: string): Package
  /**
   * Writes a directory with an executable shell script, `bin/<name>`.
   *
   * @example writeShellScriptBin('start', `exec ${pkgs('redis-server')}/usr/bin/redis-server`)
   * @throws BuildError argument.invalid - the set has no shell
   */
  writeShellScriptBin(name: string, text: string): Package
  /**
   * Adds a file or directory of this machine, by content; a relative path starts at the set's home.
   *
   * @example path('./public', { ignore: ['*.map'] })
   * @throws BuildError argument.*, placeholder.misplaced
   */
  path(file: string, options?: PathOptions | null): Package
  /**
   * Describes files that an image has at a path of your choice: an item of `contents` and `copyToRoot`. They are real files, in a layer of their
   * own above all packages. Several sources go into the directory `to`, directories with their content. Files called `.env*` are left out.
   *
   * @param from - a file or directory of this machine, a package of the store such as `fetchurl`'s, or an array of those.
   * @example copy('./dist', { to: '/app', owner: 'web:web', ignoreFiles: ['.dockerignore'] })
   * @throws BuildError argument.*, placeholder.misplaced, and account.unknown, merge.directory when built
   */
  copy(from: CopySource, options: CopyFilesOptions): CopiedFiles
  /**
   * Downloads a file with a known hash; `executable: true` makes it executable.
   *
   * @example fetchurl({ url: 'https://example.org/a.txt', sha256: '0'.repeat(64) })
   * @throws BuildError argument.invalid, argument.unknown
   */
  fetchurl(given: FetchUrlArguments): Package
  /**
   * Downloads an archive, zip or tar in any usual compression, and unpacks it. The hash is that of the unpacked files, as in nixpkgs.
   *
   * Executable bits and symbolic links are kept. A link out of the archive, a device and a damaged archive are errors.
   *
   * @example fetchzip({ url: 'https://example.org/site-1.2.zip', hash: 'sha256-i5tRl2lJzNXSBJ7kcXwj35WeywniCqAVz4e7mH2BNI0=' })
   * @throws BuildError argument.invalid, argument.unknown, and store.hash-mismatch, archive.*, compression.corrupt when built
   */
  fetchzip(given: FetchArchiveArguments): Package
  /**
   * The same as `fetchzip`, under the name that Nix gives it for tar archives.
   *
   * @example fetchTarball({ url: 'https://example.org/app-1.2.tar.gz', sha256: '0'.repeat(64) })
   * @throws BuildError argument.invalid, argument.unknown, and store.hash-mismatch, archive.*, compression.corrupt when built
   */
  fetchTarball(given: FetchArchiveArguments): Package
  /** Path of the set's shell inside an image, as a placeholder. */
  readonly runtimeShell: string
  /** The same package as `dockerTools.fakeNss`. */
  readonly fakeNss: FakeNss
  /** The same package as `dockerTools.binSh`. */
  readonly binSh: Package
}

/** Package set: its packages and its builders side by side, for `const { pkgs, dockerTools } = debian(…)`. */
export interface PackageSet extends Builders {
  /** The set's packages by name: `pkgs("redis-server")`. */
  readonly pkgs: Packages
  /** Architecture of the packages, in Debian's spelling, such as "amd64"; undefined for this machine's. */
  readonly architecture: string | undefined
}

/** Source of a package set: all that the set's builders ask of it. */
export interface SetSource {
  readonly kind: string
  readonly architecture: string | undefined
  /** Directory that relative paths start at; absolute. */
  readonly home: string
  /** Path of the lock file, if the set names one. */
  readonly lock: string | undefined
  package(name: string): Package
  /** Returns the paths of a shell and of `env` inside an image, as placeholders. @throws BuildError argument.invalid - the set has none */
  shell(): string
  env(): string
  /** Returns a bundle of CA certificates, with further ones in PEM form. */
  certificates(extra: readonly string[]): Package
  /** Returns the programs that shell commands run with. */
  tools(): Package
  /** Returns a shell, tools and a tracer, for looking into containers. */
  debugPackages(): readonly Package[]
  readonly sandbox: 'auto' | 'namespace' | 'fakeroot' | undefined
}

/** Binds all builders to a source. */
export function makeSet(source: SetSource): PackageSet {
  return makeSetWith(source, () => ({}))
}

/** Binds all builders to a source, and adds what only sets of its kind have. */
export function makeSetWith<T extends object>(source: SetSource, more: (bound: Bound) => T): PackageSet & T {
  const bound = boundTo(source)
  const builders = buildersOf(source, bound)
  const own = { pkgs: packagesOf(source, builders), architecture: source.architecture }
  const made = Object.freeze(joined(joined(builders, own), more(bound)))
  sources.set(made, source)
  return made
}

/** Sources by set. Another copy of slipway knows only its own sets. */
const sources = new WeakMap<object, SetSource>()

/** Returns the source of a set; undefined for any other value. */
export function sourceOf(set: unknown): SetSource | undefined {
  return typeof set === 'object' && set !== null ? sources.get(set) : undefined
}

/** Merges two objects. Getters stay getters, so that a set without a shell fails only when it is asked for one. */
function joined<A extends object, B extends object>(a: A, b: B): A & B {
  const both: A & B = Object.create(Object.prototype, {
    ...Object.getOwnPropertyDescriptors(a),
    ...Object.getOwnPropertyDescriptors(b),
  })
  return both
}

function boundTo(source: SetSource): Bound {
  return {
    architecture: source.architecture,
    lock: { lock: source.lock, directory: source.home },
    path: (file, options) => pathPackage(file, options, { home: source.home, site: callSite() }),
    shell: () => source.shell(),
    env: () => source.env(),
    certificates: (extra) => source.certificates(extra),
    tools: () => source.tools(),
    debugPackages: () => source.debugPackages(),
    sandbox: source.sandbox,
    site: callSite,
  }
}

function buildersOf(source: SetSource, bound: Bound): Builders {
  const runtimeShell = (): string => source.shell()
  const { path } = bound
  const copied = (file: string, options: PathOptions): Package =>
    copiedPackage(file, options, { home: source.home, site: callSite() })
  const dockerTools = bindDockerTools(bound)
  return {
    dockerTools,
    buildEnv,
    symlinkJoin,
    writeText,
    writeTextDir,
    writeScript,
    writeScriptBin,
    writeShellScript: (name, text) => writeShellScript(runtimeShell(), name, text),
    writeShellScriptBin: (name, text) => writeShellScriptBin(runtimeShell(), name, text),
    path,
    copy: (from, options) => copyFiles(from, options, copied),
    fetchurl,
    fetchzip: (given) => fetchArchive('fetchzip', given),
    fetchTarball: (given) => fetchArchive('fetchTarball', given),
    get runtimeShell() {
      return runtimeShell()
    },
    get fakeNss() {
      return dockerTools.fakeNss
    },
    get binSh() {
      return dockerTools.binSh
    },
  }
}

/** Makes the function that returns a package for every name: a proxy, since names are not known before the build. */
function packagesOf(source: SetSource, builders: Builders): Packages {
  const byName = (name: string): Package => source.package(name)
  const target = Object.assign((name: string) => byName(checkString(name, `${source.kind} pkgs: name`)), {})
  const proxy = new Proxy(target, {
    get: (_target, key) => {
      if (key === Symbol.toPrimitive || key === 'toString' || key === 'valueOf') return () => notAString(source.kind)
      if (typeof key === 'symbol' || absentProperties.some((absent) => absent === key)) return undefined
      if (functionProperties.some((own) => own === key)) return refuseProperty(key)
      return key in builders ? Reflect.get(builders, key) : byName(key)
    },
    has: () => true,
    set: (_target, key) => refuseWrite(source.kind, String(key)),
  })
  return isPackages(proxy) ? proxy : notAString(source.kind)
}

function isPackages(value: unknown): value is Packages {
  return typeof value === 'function'
}

function notAString(kind: string): never {
  return fail('argument.invalid', `The whole package set of ${kind}() was converted to a string.`, {
    remedy: 'Name a package of it, such as `${pkgs("bash")}`.',
  })
}

function refuseProperty(key: string): never {
  return fail('argument.invalid', `pkgs.${key} is a property of every function, so it is not a package.`, {
    remedy: `Write pkgs("${key}").`,
  })
}

function refuseWrite(kind: string, key: string): never {
  return fail('argument.invalid', `${kind}(): pkgs.${key} is read-only.`, {
    remedy: 'Keep your own packages in variables.',
  })
}
