/**
 * The one table of placeholders and their packages.
 *
 * A placeholder is `/nix/store/<mark>-<name>`; the 32 characters of its mark are "slipway" and 25 of the hash of the package's identity. The
 * table lives on `globalThis`, so that two copies of slipway in one process share it.
 */
import { storeDirectory } from '../store/store-path.ts'
import type { Definition, Package } from './package.ts'

/** Package and its definition. */
export interface Known {
  readonly package: Package
  readonly definition: Definition
}

/** Finds the mark of every placeholder in a string. */
export const placeholderPattern: RegExp = /slipway[0-9abcdfghijklmnpqrsvwxyz]{25}/g

/** Packages by their marks; entries are only ever added. */
export function placeholderTable(): Map<string, Known> {
  const held: unknown = Reflect.get(globalThis, tableName)
  if (held instanceof Map) return held
  const made = new Map<string, Known>()
  Reflect.set(globalThis, tableName, made)
  return made
}

const tableName: unique symbol = Symbol.for('slipway.placeholders/2')

/** Returns the mark in a placeholder. */
export function markOf(placeholder: string): string {
  return placeholder.slice(storeDirectory.length + 1, storeDirectory.length + 33)
}

/** Returns the package of a mark. */
export function packageAt(mark: string): Package | undefined {
  return placeholderTable().get(mark)?.package
}

/** Tells whether a string contains a whole placeholder of a known package. */
export function holdsPlaceholder(text: string): boolean {
  return (text.match(placeholderPattern) ?? []).some((mark) => packageAt(mark) !== undefined)
}
