/**
 * JSON documents: bytes that were read are kept, bytes that we write have one fixed order of keys.
 */

/** JSON whose exact bytes are kept: what was read is what is written. */
export interface Document<T> {
  readonly bytes: Uint8Array
  readonly value: T
}

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** JSON text with the keys of every object sorted by code unit and no white space: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isPlainObject(inner) ? sortedByKey(inner) : inner))
}

/** A document of ours: keys in the order in which the value has them. */
export function documentOf<T>(value: T): Document<T> {
  return { bytes: Buffer.from(JSON.stringify(value), 'utf8'), value }
}

/** The JSON value of a text; undefined where it is not JSON. Says nothing of the text, which may hold secrets. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a value is an object made of named values: not null, not an array, not bytes, not of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Levels of arrays and objects that a value may have: far more than any document of use. */
export const mostLevels = 100
/** Values that it may hold in all. */
export const mostValues = 1_000_000

/**
 * Whether a value has no more levels and values than any of use has, so that it can be walked: false for one that holds itself. Getters
 * are not called.
 */
export function isBounded(value: unknown): boolean {
  const pending: (readonly [unknown, number])[] = [[value, 0]]
  let count = 0
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [found, level] = next
    if (!Array.isArray(found) && !isPlainObject(found)) continue
    const inner: readonly unknown[] = Array.isArray(found) ? found : dataOf(found)
    count += inner.length
    if (level === mostLevels || count > mostValues) return false
    for (const each of inner) if (typeof each === 'object' && each !== null) pending.push([each, level + 1])
  }
  return true
}

function dataOf(value: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.values(Object.getOwnPropertyDescriptors(value)).map((property): unknown => property.value)
}

function sortedByKey(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
