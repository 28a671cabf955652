/** Definitions of the packages of `node({ … })`: names in one lock file, resolved together when an image is built. */
import { canonicalJson } from '../base/document.ts'
import type { Definition } from '../source/package.ts'
import { nameFrom } from '../store/store-path.ts'
import type { NodeSet } from './options.ts'

/** One package of a set, as `name` or `name@version`. */
export interface NpmPackageArguments {
  readonly package: string
  readonly set: NodeSet
}

/** Tree of a set: all of its packages, optionally with the project's own files. */
export interface NpmTreeArguments {
  readonly set: NodeSet
  /** Present if the image is that of the application and gets its config; "start" also takes the command from package.json. */
  readonly run?: 'start' | 'given'
}

/** Returns the definition of one package of a set. */
export function npmPackageDefinition(set: NodeSet, name: string): Definition<NpmPackageArguments> {
  const plain = nameFrom(name.replace(/^@/, '').replaceAll(/[/@]/g, '-'))
  return { maker: 'npm-package-1', name: plain, arguments: { package: name, set } }
}

/** Returns the definition of `modules`: all packages of a set. */
export function npmModulesDefinition(set: NodeSet): Definition<NpmTreeArguments> {
  return { maker: 'npm-modules-1', name: 'node-modules', arguments: { set } }
}

/** Returns the definition of `app`: all packages of a set, and the project's own files. @param run - how it runs, in an image of the application */
export function npmAppDefinition(set: NodeSet, run?: 'start' | 'given'): Definition<NpmTreeArguments> {
  return { maker: 'npm-app-1', name: 'node-app', arguments: { set, ...(run === undefined ? {} : { run }) } }
}

/** Identifies sets that share one resolution: those that differ only in their own files. */
export function resolverKey(set: NodeSet): string {
  const { code: _code, scripts: _scripts, init: _init, runtime, ...resolving } = set
  return `npm ${canonicalJson({ ...resolving, runtime: runtime?.path ?? null })}`
}
