/**
 * Placeholders: the value of `${pkg}` while an `image.ts` runs (placeholder-table.ts maps them to packages).
 *
 * A package's identity is its maker, name and arguments, inner packages by their placeholders, so no cycle can arise. A package is
 * recognised by the table, never by its class.
 */
import { createHash } from 'node:crypto'
import { type Check, checkString, shown } from '../base/check.ts'
import { canonicalJson, isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { formatNix32 } from '../base/nix32.ts'
import { checkName, storeDirectory } from '../store/store-path.ts'
import type { Definition, Package } from './package.ts'
import { remainIn } from './placeholder-remains.ts'
import { holdsPlaceholder, type Known, markOf, placeholderTable } from './placeholder-table.ts'

/** Makes a package of a definition; equal definitions give the same package. @throws BuildError argument.invalid for a bad name */
export function define<A extends object = object>(
  definition: Definition<A>,
  placement: Package['placement'] = 'store',
): Package {
  const place = `name of ${definition.maker.replace(/-\d+.*$/, '')}`
  const name = checkName(checkWritten(definition.name, place), place)
  const key = `slipway${identity(definition)}`
  const known = placeholderTable().get(key)
  if (known !== undefined) return known.package
  const path = `${storeDirectory}/${key}-${name}`
  const made: Package = Object.freeze({ name, placement, path, toString: () => path })
  placeholderTable().set(key, {
    package: made,
    definition: Object.freeze({ ...definition, arguments: frozen(definition.arguments) }),
  })
  return made
}

/** Gives a package further properties (an image's name and tag); still the same package. */
export function extended<T extends object>(made: Package, more: T): Package & Readonly<T> {
  const result: Package & Readonly<T> = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(made))
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(more))) {
    // What a getter makes may have such getters itself, so they stay getters, which printing or comparing a package does not follow.
    Object.defineProperty(result, key, { ...descriptor, enumerable: descriptor.get === undefined })
  }
  return Object.freeze(result)
}

/** Tells whether a value is a package of any copy of slipway in this process. */
export function isPackage(value: unknown): value is Package {
  return knownOf(value) !== undefined
}

/** Returns the definition of a package. */
export function definitionOf(made: Package): Definition {
  const known = knownOf(made)
  if (known === undefined) throw new Error(`unreachable: ${String(made.path)} is no package`)
  return known.definition
}

/** Returns an argument of a package's definition; undefined if it has none of this name. */
export function argumentOf(made: Package, name: string): unknown {
  const value: unknown = Reflect.get(definitionOf(made).arguments, name)
  return value
}

/** Returns the mark of a package's placeholder. */
export function keyOf(made: Package): string {
  return markOf(made.path)
}

/** Checks a string that must be known at once, such as a name or a path of this machine: it must not contain a placeholder or a part of one. */
export const checkWritten: Check<string> = (value, place) => {
  const text = checkString(value, place)
  if (!holdsPlaceholder(text) && remainIn(text) === undefined) return text
  return fail('placeholder.misplaced', `${place} must not contain the placeholder of a package; got ${shown(text)}.`, {
    remedy:
      'Write it out: it must be known before the image is built. A tag, the content of a file, a config or a script may hold `${pkg}`.',
    detail: { place },
  })
}

function knownOf(value: unknown): Known | undefined {
  if (typeof value !== 'object' || value === null || !('path' in value) || typeof value.path !== 'string')
    return undefined
  const known = placeholderTable().get(markOf(value.path))
  return known?.package.path === value.path ? known : undefined
}

function identity(definition: Definition): string {
  const { maker, name } = definition
  const text = canonicalJson({ maker, name, arguments: identified(definition.arguments) })
  return formatNix32(createHash('sha256').update(text).digest()).slice(-25)
}

/** Formats arguments as JSON: packages by placeholder, bytes in base64, each distinguishable from an equal string. */
function identified(value: unknown): unknown {
  if (isPackage(value)) return { $package: value.path }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map(identified)
  if (isPlainObject(value))
    return {
      $object: Object.entries(value)
        .sort()
        .map(([key, inner]) => [key, identified(inner)]),
    }
  if (typeof value === 'function') throw new Error('unreachable: a function in the arguments of a package')
  return value === undefined ? { $undefined: true } : value
}

/** Returns a deep, frozen copy; packages are not copied. */
function frozen<T>(value: T): T
function frozen(value: unknown): unknown {
  if (isPackage(value)) return value
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (Array.isArray(value)) return Object.freeze(value.map((inner: unknown) => frozen(inner)))
  if (isPlainObject(value))
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, frozen(inner)])))
  return value
}
