/** `node({ … })`: the packages of an npm lock file as a package set, and an application's image of them. */
import { isAbsolute, resolve } from 'node:path'
import { checkArguments, orDefault, refuse } from '../base/check.ts'
import { certificatesFile, certificatesName } from '../debian/certificates-package.ts'
import type { Bound } from '../docker-tools/bound.ts'
import { buildLayeredImage, type LayeredImage, type LayeredImageArguments } from '../docker-tools/layered-image.ts'
import { type NodeProjectOptions, type NodeSet, nodeChecks, nodeSetOf } from '../npm/options.ts'
import { libraryPackages, runtimePackage } from '../npm/runtime/package.ts'
import { npmAppDefinition, npmModulesDefinition, npmPackageDefinition } from '../npm/set.ts'
import type { Package } from '../source/package.ts'
import { define } from '../source/placeholder.ts'
import { callersFolder } from './call-site.ts'
import { makeSetWith, type PackageSet, type SetSource, sourceOf } from './set.ts'

/** Options of `node`. `null` means the default everywhere. */
export interface NodeOptions extends NodeProjectOptions {
  /** Package set of what the runtime needs besides itself, such as the C library: a `debian({ … })`. Default: none; the base image has it. */
  readonly on?: PackageSet | null
}

/** Arguments of `image`: those of `buildLayeredImage`. */
export type NodeImageArguments = LayeredImageArguments

/** Package set of an npm lock file: its packages by name, the builders, and the application. */
export interface NodePackageSet extends PackageSet {
  /** The application: its own files, and all packages that it needs. */
  readonly app: Package
  /** All packages that the application needs, without its own files. */
  readonly modules: Package
  /** The runtime; undefined if the base image has it. */
  readonly runtime: Package | undefined
  /**
   * Describes an image of the application with its runtime, in layers that follow the lock file's graph.
   *
   * By default, Entrypoint is `["node"]` (with `--enable-source-maps` if source maps of JavaScript are among the own files), Cmd is
   * the words after `node` in the script "start" of package.json, WorkingDir the directory of that file, User `1000:1000`, an account called
   * node, and Env has `NODE_ENV=production`. With `dockerTools.caCertificates` among the contents, Node trusts these certificates as well.
   *
   * @example api.image({ name: 'api', config: { ExposedPorts: { '8080/tcp': {} } } })
   * @throws BuildError argument.*, config.invalid, and npm.start when built: the script needs more than node
   */
  image(given: NodeImageArguments): LayeredImage
}

/**
 * Creates a package set of the npm lock file in a directory. Reads nothing: the lock file is read when an image is built. No npm runs, and no
 * script of any package.
 *
 * The lock that pins Node is beside the nearest `package.json` in that directory or a directory above it.
 *
 * @example
 * import { debian, node } from 'slipway'
 *
 * const api = node({ on: debian({ suite: 'trixie' }), runtime: '24', files: ['dist'] })
 * export default api.image({ name: 'api', config: { Cmd: ['dist/server.js'] } })
 * @throws BuildError argument.invalid, argument.unknown
 */
export function node(options: NodeOptions = {}): NodePackageSet {
  const home = isAbsolute(options.directory ?? '') ? '/' : callersFolder('node')
  const { on, ...checked } = checkArguments('node', options, {
    ...nodeChecks,
    on: orDefault(
      (value, place) => sourceOf(value) ?? refuse(place, value, 'a package set, such as debian({ … })'),
      null,
    ),
  })
  const architecture = checked.architecture ?? on?.architecture
  const project = { ...checked, architecture }
  const directory = resolve(home, checked.directory)
  const runtime = runtimeOf({ wanted: checked.runtime, directory, architecture, on })
  const set = nodeSetOf(project, { home, runtime })
  return makeSetWith(sourceFor(set, on), (bound) => applicationOf(set, on, bound))
}

function runtimeOf(given: {
  readonly wanted: string | Package | undefined
  readonly directory: string
  readonly architecture: string | undefined
  readonly on: SetSource | null
}): Package | undefined {
  const { wanted, directory, architecture = null, on } = given
  if (wanted === 'base') return undefined
  if (typeof wanted === 'object') return wanted
  const libraries = on === null ? null : Object.fromEntries(libraryPackages.map((name) => [name, on.package(name)]))
  return runtimePackage({ range: wanted ?? null, directory, architecture, libraries })
}

function applicationOf(
  set: NodeSet,
  on: SetSource | null,
  bound: Bound,
): Pick<NodePackageSet, 'app' | 'modules' | 'runtime' | 'image'> {
  return {
    app: define(npmAppDefinition(set), 'root'),
    modules: define(npmModulesDefinition(set), 'root'),
    runtime: set.runtime,
    image: (given) =>
      buildLayeredImage(given, bound, (now) => ({ layering: 'auto', ...now, ...applicationImage(now, set, on) })),
  }
}

function applicationImage(
  { contents, config }: NodeImageArguments,
  set: NodeSet,
  on: SetSource | null,
): Pick<LayeredImageArguments, 'contents' | 'config'> {
  const hasCommand = (config?.Entrypoint ?? config?.Cmd ?? null) !== null
  const app = define(npmAppDefinition(set, hasCommand ? 'given' : 'start'), 'root')
  const given = Array.isArray(contents) ? contents : [contents]
  const init = set.init
    ? (on ?? refuse('node: on', undefined, 'a package set that has tini, for `init`')).package('tini')
    : null
  const all = [set.runtime, init, app, ...given].filter((item) => item !== undefined && item !== null)
  return { contents: all, ...withCertificates(config, all) }
}

/** Node has certificates of its own, and reads others where a variable names them. */
function withCertificates(
  config: NodeImageArguments['config'],
  contents: readonly (Package | string)[],
): Pick<LayeredImageArguments, 'config'> {
  const hasBundle = contents.some((item) => typeof item === 'object' && item.name === certificatesName)
  if (!hasBundle) return {}
  return { config: { ...config, Env: [`NODE_EXTRA_CA_CERTS=${certificatesFile}`, ...(config?.Env ?? [])] } }
}

/** Source of the set: its own packages, and the shell, tools and certificates of the set that it builds on. */
function sourceFor(set: NodeSet, on: SetSource | null): SetSource {
  const lower = (): SetSource =>
    on ?? refuse('node: on', undefined, 'a package set that provides a shell, such as debian({ … })')
  return {
    kind: 'node',
    architecture: set.architecture,
    home: set.directory,
    lock: on?.lock,
    package: (name) => npmPackage(set, name),
    shell: () => lower().shell(),
    env: () => lower().env(),
    tools: () => lower().tools(),
    debugPackages: () => lower().debugPackages(),
    sandbox: on?.sandbox,
    certificates: (extra) => lower().certificates(extra),
  }
}

/** Pattern of an npm package name, optionally with a scope and a version. */
const nameRule = /^(@[^/@\s]+\/)?[^/@\s]+(@[^/@\s]+)?$/

function npmPackage(set: NodeSet, name: string): Package {
  if (!nameRule.test(name))
    refuse('node pkgs: name', name, 'the name of an npm package, such as "express" or "express@5.3.0"')
  return define(npmPackageDefinition(set, name), 'root')
}
