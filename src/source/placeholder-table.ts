/**
 * The one table that knows what placeholders stand for.
 *
 * A placeholder is `/nix/store/<mark>-<name>`; the 32 characters of its mark are "slipway" and 25 of the hash of the package's identity. The
 * table lives on `globalThis`, so that two copies of slipway in one process share it.
 */
import { storeDirectory } from '../store/store-path.ts'
import type { Definition, Package } from './package.ts'

/** A package and what it was defined as. */
export interface Known {
  readonly package: Package
  readonly definition: Definition
}

/** Finds the mark of every placeholder in a string. */
export const placeholderPattern: RegExp = /slipway[0-9abcdfghijklmnpqrsvwxyz]{25}/g

/** The packages by their marks; entries are only ever added. */
export function placeholderTable(): Map<string, Known> {
  const held: unknown = Reflect.get(globalThis, tableName)
  if (held instanceof Map) return held
  const made = new Map<string, Known>()
  Reflect.set(globalThis, tableName, made)
  return made
}

const tableName: unique symbol = Symbol.for('slipway.placeholders/2')

/** The mark in a placeholder. */
export function markOf(placeholder: string): string {
  return placeholder.slice(storeDirectory.length + 1, storeDirectory.length + 33)
}

/** The package that a mark stands for. */
export function packageAt(mark: string): Package | undefined {
  return placeholderTable().get(mark)?.package
}

/** Whether a string holds a whole placeholder of a known package. */
export function holdsPlaceholder(text: string): boolean {
  return (text.match(placeholderPattern) ?? []).some((mark) => packageAt(mark) !== undefined)
}
