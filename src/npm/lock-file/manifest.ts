/** The fields of a package.json that slipway reads. */
import { isPlainObject } from '../../base/document.ts'
import type { Ranges } from './entry.ts'

/** Fields of a package.json; absent ones, and those of the wrong type, are empty. */
export interface Manifest {
  readonly name: string | undefined
  readonly dependencies: Ranges
  readonly devDependencies: Ranges
  readonly optionalDependencies: Ranges
  readonly peerDependencies: Ranges
  readonly scripts: Ranges
  /** Range of Node versions. */
  readonly node: string | undefined
  readonly main: string | undefined
  /** Package → whether its install scripts may run; packages may be written as `name@version`. */
  readonly allowScripts: ReadonlyMap<string, boolean>
}

/** Reads the manifest from a parsed package.json. */
export function manifestOf(value: Readonly<Record<string, unknown>>): Manifest {
  const engines = isPlainObject(value.engines) ? value.engines : {}
  return {
    name: stringOf(value.name),
    dependencies: rangesOf(value.dependencies),
    devDependencies: rangesOf(value.devDependencies),
    optionalDependencies: rangesOf(value.optionalDependencies),
    peerDependencies: rangesOf(value.peerDependencies),
    scripts: rangesOf(value.scripts),
    node: stringOf(engines.node),
    main: stringOf(value.main),
    allowScripts: valuesOf(value.allowScripts, isBoolean),
  }
}

/** Returns the strings among an object's values, by key. */
export function rangesOf(value: unknown): Ranges {
  return valuesOf(value, isString)
}

/** Returns a string, or undefined for any other value. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function valuesOf<T>(value: unknown, isOne: (each: unknown) => each is T): ReadonlyMap<string, T> {
  const found = Object.entries(isPlainObject(value) ? value : {})
  return new Map(found.flatMap(([key, each]) => (isOne(each) ? [[key, each] as const] : [])))
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}
