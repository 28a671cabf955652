/**
 * Placeholders: what `${pkg}` gives while an `image.ts` runs, and the one table that knows what they stand for.
 *
 * A placeholder is `/nix/store/slipway<25 characters>-<name>`; the 25 are of the hash of the package's identity (maker, name, arguments;
 * inner packages by their placeholders, so no cycle can arise). The table lives on `globalThis`, so that two copies of slipway in one
 * process share it; a package is recognised by the table, never by its class.
 */
import { createHash } from 'node:crypto'
import { canonicalJson, isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { formatNix32 } from '../base/nix32.ts'
import { checkName, storeDirectory } from '../store/store-path.ts'
import type { Definition, Package } from './package.ts'

interface Known {
  readonly package: Package
  readonly definition: Definition
}

/** Finds the 32 characters of every placeholder in a text. */
export const placeholderPattern: RegExp = /slipway[0-9abcdfghijklmnpqrsvwxyz]{25}/g

/** Makes a package of a definition; equal definitions give the same package. @throws BuildError argument.invalid for a bad name */
export function define(definition: Definition, placement: Package['placement'] = 'store'): Package {
  if (holdsPlaceholder(definition.name)) {
    fail('placeholder.misplaced', `The name ${JSON.stringify(definition.name)} holds the placeholder of a package.`, {
      remedy: 'A name must be known at once: write it out. A tag, a text, a config or a script may hold `${pkg}`.',
    })
  }
  const name = checkName(definition.name, `name of ${definition.maker.replace(/-\d+.*$/, '')}`)
  const key = `slipway${identity(definition)}`
  const known = table().get(key)
  if (known !== undefined) return known.package
  const path = `${storeDirectory}/${key}-${name}`
  const made: Package = Object.freeze({ name, placement, path, toString: () => path })
  table().set(key, {
    package: made,
    definition: Object.freeze({ ...definition, arguments: frozen(definition.arguments) }),
  })
  return made
}

/** Gives a package further properties (an image's name and tag); still the same package. */
export function extended<T extends object>(made: Package, more: T): Package & Readonly<T> {
  // Getters stay getters: what they would make may have such properties itself.
  const result: Package & Readonly<T> = Object.create(Object.prototype, {
    ...Object.getOwnPropertyDescriptors(made),
    ...Object.getOwnPropertyDescriptors(more),
  })
  return Object.freeze(result)
}

/** Whether a value is a package of any copy of slipway in this process. */
export function isPackage(value: unknown): value is Package {
  return knownOf(value) !== undefined
}

/** What a package was defined as. */
export function definitionOf(made: Package): Definition {
  const known = knownOf(made)
  if (known === undefined) throw new Error(`unreachable: ${String(made.path)} is no package`)
  return known.definition
}

/** The package that a placeholder's 32 characters stand for. */
export function packageAt(key: string): Package | undefined {
  return table().get(key)?.package
}

/** The 32 characters of a package's placeholder. */
export function keyOf(made: Package): string {
  return made.path.slice(storeDirectory.length + 1, storeDirectory.length + 33)
}

/** Whether a text holds a placeholder of a known package. */
export function holdsPlaceholder(text: string): boolean {
  return (text.match(placeholderPattern) ?? []).some((key) => packageAt(key) !== undefined)
}

/** All keys of known placeholders, for finding remains of them. */
export function knownKeys(): Iterable<string> {
  return table().keys()
}

/** Refuses a placeholder where text must be known at once, such as a host path. @throws BuildError placeholder.misplaced */
export function refusePlaceholder(text: string, place: string): string {
  if (!holdsPlaceholder(text)) return text
  return fail('placeholder.misplaced', `${place}: ${JSON.stringify(text)} holds the placeholder of a package.`, {
    remedy: 'Give a path of this machine; the files of a package exist only when the image is built.',
  })
}

const tableName: unique symbol = Symbol.for('slipway.placeholders/1')

function table(): Map<string, Known> {
  const held: unknown = Reflect.get(globalThis, tableName)
  if (held instanceof Map) return held
  const made = new Map<string, Known>()
  Reflect.set(globalThis, tableName, made)
  return made
}

function knownOf(value: unknown): Known | undefined {
  if (typeof value !== 'object' || value === null || !('path' in value) || typeof value.path !== 'string')
    return undefined
  const known = table().get(value.path.slice(storeDirectory.length + 1, storeDirectory.length + 33))
  return known?.package.path === value.path ? known : undefined
}

function identity(definition: Definition): string {
  const { maker, name } = definition
  const text = canonicalJson({
    maker,
    name,
    arguments: identified(definition.arguments),
    set: definition.resolver?.key ?? null,
  })
  return formatNix32(createHash('sha256').update(text).digest()).slice(-25)
}

/** Arguments as JSON: packages by placeholder, bytes in base64, each told apart from a text that looks the same. */
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

/** A deep copy that cannot be changed; packages stay as they are. */
function frozen<T>(value: T): T
function frozen(value: unknown): unknown {
  if (isPackage(value)) return value
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (Array.isArray(value)) return Object.freeze(value.map((inner: unknown) => frozen(inner)))
  if (isPlainObject(value))
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, frozen(inner)])))
  return value
}
