/** The packages of `node({ … })` as definitions: lazy names of one lock file, looked up together when an image is built. */
import { canonicalJson } from '../base/document.ts'
import type { Definition } from '../source/package.ts'
import { nameFrom } from '../store/store-path.ts'
import type { NodeSet } from './options.ts'

/** One package of a set, as `name` or `name@version`. */
export interface NpmPackageArguments {
  readonly package: string
  readonly set: NodeSet
}

/** The tree of a set: all of its packages, perhaps with the project's own files. */
export interface NpmTreeArguments {
  readonly set: NodeSet
  /** The image is that of the application, and has its config; "start": its command, too, is what package.json says. */
  readonly run?: 'start' | 'given'
}

/** The definition of one package of a set. */
export function npmPackageDefinition(set: NodeSet, name: string): Definition<NpmPackageArguments> {
  const plain = nameFrom(name.replace(/^@/, '').replaceAll(/[/@]/g, '-'))
  return { maker: 'npm-package-1', name: plain, arguments: { package: name, set } }
}

/** The definition of `modules`: all packages of a set. */
export function npmModulesDefinition(set: NodeSet): Definition<NpmTreeArguments> {
  return { maker: 'npm-modules-1', name: 'node-modules', arguments: { set } }
}

/** The definition of `app`: all packages of a set, and the project's own files. @param run - how it runs, in an image of the application */
export function npmAppDefinition(set: NodeSet, run?: 'start' | 'given'): Definition<NpmTreeArguments> {
  return { maker: 'npm-app-1', name: 'node-app', arguments: { set, ...(run === undefined ? {} : { run }) } }
}

/** Identifies the sets that share one resolution: those that differ in their own files only. */
export function resolverKey(set: NodeSet): string {
  const { code: _code, scripts: _scripts, init: _init, runtime, ...resolving } = set
  return `npm ${canonicalJson({ ...resolving, runtime: runtime?.path ?? null })}`
}
