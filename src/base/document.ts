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

/** Whether a value is an object made of named values: not null, not an array, not bytes, not of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function sortedByKey(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
