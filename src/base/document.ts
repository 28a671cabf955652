/** JSON documents: bytes that were read are kept; documents that slipway writes have one fixed order of keys. */

/** JSON with its exact bytes: what was read is what is written. */
export interface Document<T> {
  readonly bytes: Uint8Array
  readonly value: T
}

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Formats JSON with the keys of every object sorted by code unit and no white space: equal values, equal strings. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isPlainObject(inner) ? sortedByKey(inner) : inner))
}

/** Serialises a document of slipway's own, with keys in the order in which the value has them. */
export function documentOf<T>(value: T): Document<T> {
  return { bytes: Buffer.from(JSON.stringify(value), 'utf8'), value }
}

/** Parses JSON; undefined if it is not valid. Never quotes the string, which may contain secrets. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Tells whether a value is a plain object: not null, not an array, not bytes, not an instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Maximum nesting depth of a value: far more than any real document needs. */
export const mostLevels = 100
/** Maximum number of values in it. */
export const mostValues = 1_000_000

/** Tells whether a value is small and shallow enough to be walked; false for one that contains itself. Does not call getters. */
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
