/** Checks of what actions are given. In TypeScript the compiler makes them; in JavaScript, and behind `any`, these do. */
import {
  arrayOf,
  type Check,
  checkArguments,
  checkBoolean,
  checkString,
  checkStrings,
  objectOf,
  oneOf,
  recordOf,
  refuse,
} from '../base/check.ts'
import { isPlainObject } from '../base/document.ts'
import type { Package } from '../source/package.ts'
import { isPackage } from '../source/placeholder.ts'
import type { ReadingOptions } from './given-images.ts'
import type { RegistryCredentials, RegistrySettings } from './registries.ts'
import type { ActionOptions } from './workshop.ts'

/** One check for each option of an action, at least: a new option without one does not compile. */
export type OptionChecks<T> = { readonly [K in keyof Required<T>]: Check<unknown> }

/**
 * Checks the arguments of an action.
 *
 * @param call - name of the action, which begins the message
 * @throws BuildError argument.invalid, argument.unknown - with every mistake
 */
export function checkCall<T extends object>(call: string, given: T, checks: OptionChecks<T>): void {
  checkArguments<Record<string, unknown>>(call, given, { ...checks })
}

/** A check of an option that may be left out. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, place) => (value === undefined ? undefined : check(value, place))
}

/** Options of an action, some of which it requires. */
export function givenOptions<T>(checks: OptionChecks<T>): Check<unknown> {
  return objectOf<Record<string, unknown>>({ ...checks }, 'an object of options')
}

export const checkFunction: Check<unknown> = (value, place) =>
  typeof value === 'function' ? value : refuse(place, value, 'a function')

export const checkNumber: Check<number> = (value, place) =>
  typeof value === 'number' && Number.isFinite(value) ? value : refuse(place, value, 'a number')

const checkSignal: Check<AbortSignal> = (value, place) =>
  value instanceof AbortSignal ? value : refuse(place, value, 'an AbortSignal')

/** What one of the builders returned. */
export const checkPackage: Check<Package> = (value, place) =>
  isPackage(value) ? value : refuse(place, value, 'a package, as builders such as buildLayeredImage return it')

/** A package, or the place of a finished image. */
export const checkTarget: Check<unknown> = (value, place) =>
  typeof value === 'string' || isPackage(value)
    ? value
    : refuse(place, value, 'an image that a builder returned, or the place of one, such as "oci:directory"')

/** One target or several. */
export const checkTargets: Check<unknown> = (value, place) =>
  (Array.isArray(value) ? arrayOf(checkTarget) : checkTarget)(value, place)

/** A file to write, or an open descriptor. */
export const checkOutput: Check<unknown> = (value, place) =>
  typeof value === 'string' || typeof value === 'number'
    ? value
    : refuse(place, value, 'the path of a file, or an open file descriptor')

/** Texts by name. */
export const checkTexts: Check<unknown> = recordOf(checkString, 'an object of strings')

/** A password, which no message shows. */
export function checkSecret(value: unknown, place: string): string {
  return typeof value === 'string' ? value : refuse(place, typeof value, 'a string')
}

/** A login, which no message shows. */
export const checkCredentials: Check<unknown> = secretly({ user: checkString, password: checkSecret })

const checkRegistryCredentials: Check<unknown> = secretly<Required<RegistryCredentials>>({
  user: checkString,
  password: checkSecret,
  registry: optional(checkString),
})

function secretly<T extends object>(checks: OptionChecks<T>): Check<unknown> {
  const fields = givenOptions(checks)
  return (value, place) =>
    isPlainObject(value) ? fields(value, place) : refuse(place, typeof value, 'an object: { user, password }')
}

const registryChecks: OptionChecks<RegistrySettings> = {
  credentials: optional(checkRegistryCredentials),
  authFile: optional(checkString),
  tlsVerify: optional(checkBoolean),
  certDir: optional(checkString),
  mirrors: optional(checkStrings),
}

const checkBeside: Check<unknown> = (value, place) =>
  value instanceof Map
    ? value
    : arrayOf(checkPackage, 'an array of packages, or a Map of packages by name')(value, place)

/** Checks of the options that actions share: each accepts them all, and uses those that concern it. */
export const actionChecks: OptionChecks<ActionOptions> = {
  store: optional(checkString),
  frozen: optional(checkBoolean),
  sandbox: optional(oneOf(['auto', 'namespace', 'fakeroot'])),
  rebuild: optional(checkBoolean),
  beside: optional(checkBeside),
  registry: optional(givenOptions(registryChecks)),
  strict: optional(checkBoolean),
  noted: optional(checkFunction),
  changes: optional(givenOptions({ image: checkString, report: checkFunction })),
  signal: optional(checkSignal),
  report: optional(checkFunction),
}

/** Checks of the options of actions that read images. */
export const readingChecks: OptionChecks<ReadingOptions> = { ...actionChecks, maxUnpackedBytes: optional(checkNumber) }
