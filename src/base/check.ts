/**
 * Argument checks: a call is checked as a whole, and every mistake in it is reported at once, with its place.
 *
 * A check takes a value and its place, such as `paths[0].priority`, and returns the parsed value, or fails with what was expected and what
 * it got. Checks of arrays and objects continue after a mistake and report all they find.
 */
import { inspect } from 'node:util'
import { isBounded, isPlainObject, mostLevels, mostValues } from './document.ts'
import { BuildError, type Code, fail } from './error.ts'
import { didYouMean, nearestOf } from './nearest.ts'

/** Parses a value. @throws BuildError argument.*, or the check's own code; the message begins with `place` */
export type Check<T> = (value: unknown, place: string) => T

/** One check for each field of an object. */
export type Checks<T> = { readonly [K in keyof T]: Check<T[K]> }

/**
 * Checks the arguments of one call.
 *
 * @param call - name of the function, which begins the message.
 * @param given - object that was passed; the caller collects positional arguments into one.
 * @throws BuildError argument.unknown, argument.invalid - with every mistake, one per line; a check's own code if all mistakes share it
 */
export function checkArguments<T>(call: string, given: unknown, checks: Checks<T>): T {
  if (!isPlainObject(given)) return refuse(`${call}: the argument`, given, 'an object, such as { name: "redis" }')
  if (!isBounded(given)) return refuseEndless(call, given)
  const mistakes: BuildError[] = []
  const checked = collect(mistakes, () => fieldsOf(given, '', checks))
  return checked === undefined ? failWith(call, mistakes) : checked.value
}

/** A string. */
export const checkString: Check<string> = (value, place) =>
  typeof value === 'string' ? value : refuse(place, value, 'a string')

/** true or false. */
export const checkBoolean: Check<boolean> = (value, place) =>
  typeof value === 'boolean' ? value : refuse(place, value, 'true or false')

/** An integer within bounds, inclusive. */
export function integerFrom(
  least: number,
  most: number,
  expected: string = `an integer from ${least} to ${most}`,
): Check<number> {
  return (value, place) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      ? value
      : refuse(place, value, expected)
}

/** One of a list of strings. */
export function oneOf<const T extends string>(choices: readonly T[]): Check<T> {
  return (value, place) =>
    choices.find((choice) => choice === value) ??
    refuse(place, value, `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`)
}

/** An array whose items pass a check. @param expected - description of the array in messages */
export function arrayOf<T>(item: Check<T>, expected: string = 'an array'): Check<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return refuse(place, value, expected)
    const mistakes: BuildError[] = []
    const items = Array.from(value, (inner: unknown, index) =>
      collect(mistakes, () => item(inner, `${place}[${index}]`)),
    )
    if (mistakes.length > 0) throw new Mistakes(mistakes)
    return items.flatMap((found) => (found === undefined ? [] : [found.value]))
  }
}

/** An array of strings. */
export const checkStrings: Check<readonly string[]> = arrayOf(checkString, 'an array of strings')

/** An object with known fields. */
export function objectOf<T>(checks: Checks<T>, expected: string = 'an object'): Check<T> {
  return (value, place) => (isPlainObject(value) ? fieldsOf(value, place, checks) : refuse(place, value, expected))
}

/** Options, which may be omitted altogether. */
export function optionsOf<T>(checks: Checks<T>): Check<T> {
  const options = objectOf(checks, 'an object of options')
  return (value, place) => options(value ?? {}, place)
}

/** An object with arbitrary keys, whose values pass a check; sorted by key. @param checkKey - check that each key must pass */
export function recordOf<T>(
  item: Check<T>,
  expected: string = 'an object',
  checkKey: Check<unknown> = (key) => key,
): Check<Readonly<Record<string, T>>> {
  return (value, place) => {
    if (!isPlainObject(value)) return refuse(place, value, expected)
    const mistakes: BuildError[] = []
    const entries = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, inner]) => {
        const at = placeOf(place, key)
        collect(mistakes, () => checkKey(key, `the key of ${at}`))
        const found = collect(mistakes, () => item(inner, at))
        return found === undefined ? [] : [[key, found.value] as const]
      })
    if (mistakes.length > 0) throw new Mistakes(mistakes)
    return Object.fromEntries(entries)
  }
}

/** The same check, with its own error code for its mistakes. */
export function withCode<T>(code: Code, check: Check<T>): Check<T> {
  return (value, place) => {
    const mistakes: BuildError[] = []
    const found = collect(mistakes, () => check(value, place))
    if (found !== undefined) return found.value
    throw new Mistakes(mistakes.map(({ message, detail, cause }) => new BuildError(code, message, detail, cause)))
  }
}

/** A check for an optional value; null means omitted, as in the dockerTools manual. */
export function orDefault<T, const D>(check: Check<T>, otherwise: D): Check<T | D> {
  return (value, place) => (value === undefined || value === null ? otherwise : check(value, place))
}

/** Fails, naming the place, the expected type and the actual value. @param expected - a noun phrase, such as "a string" */
export function refuse(place: string, value: unknown, expected: string): never {
  const fact =
    value === undefined
      ? `${place} is missing: expected ${expected}.`
      : `${place} must be ${expected}; got ${shown(value)}.`
  return fail('argument.invalid', fact, { remedy: '', detail: { place } })
}

/** Formats a value for a message: one line of at most 80 characters. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (value instanceof Promise) return 'a promise (is "await" missing?)'
  const text =
    typeof value === 'string'
      ? JSON.stringify(value.slice(0, 100))
      : inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 8, maxStringLength: 60 })
  const line = text.replaceAll(/\s*\n\s*/g, ' ')
  return line.length > 80 ? `${line.slice(0, 77)}...` : line
}

/** Collects the mistakes of one value until the call reports them all. */
class Mistakes extends BuildError {
  readonly all: readonly BuildError[]
  constructor(all: readonly BuildError[]) {
    super('argument.invalid', all.map(({ message }) => message).join(' '), {})
    this.all = all
  }
}

/** Returns the result of some work; if it fails, records its mistakes. */
function collect<T>(mistakes: BuildError[], work: () => T): { readonly value: T } | undefined {
  try {
    return { value: work() }
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown
    mistakes.push(...(thrown instanceof Mistakes ? thrown.all : [thrown]))
    return undefined
  }
}

function fieldsOf<T>(given: Readonly<Record<string, unknown>>, place: string, checks: Checks<T>): T {
  const mistakes = unknownFields(given, place, Object.keys(checks))
  const taken: { -readonly [K in keyof T]?: T[K] } = {}
  for (const key in checks) {
    const found = collect(mistakes, () => checks[key](given[key], placeOf(place, key)))
    if (found !== undefined) taken[key] = found.value
  }
  if (mistakes.length > 0) throw new Mistakes(mistakes)
  if (!isWhole<T>(taken, checks)) throw new Error(`unreachable: fields of ${place} are missing`)
  return taken
}

function unknownFields(given: object, place: string, known: readonly string[]): BuildError[] {
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const sameLetters = known.filter((name) => name.toLowerCase() === key.toLowerCase())
      const hint = didYouMean(sameLetters[0] ?? key, sameLetters.length > 0 ? sameLetters : known)
      const [start, what] = place === '' ? ['unknown argument', 'arguments'] : [`${place} has no field`, 'fields']
      const remedy = hint === '' ? someOf(what, key, known) : hint
      return new BuildError('argument.unknown', `${start} ${shown(key)}. ${remedy}`, { place: placeOf(place, key) })
    })
}

/** More names than these are no help. */
const mostNames = 8

function someOf(what: string, key: string, known: readonly string[]): string {
  if (known.length <= mostNames) return `The ${what} are ${known.join(', ')}.`
  return `The nearest ${what} are ${nearestOf(key, known, mostNames / 2).join(', ')}.`
}

function placeOf(place: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${place}[${shown(key)}]`
  return place === '' ? key : `${place}.${key}`
}

function refuseEndless(call: string, given: Readonly<Record<string, unknown>>): never {
  const place = Object.keys(given).find((key) => !isBounded(given[key])) ?? 'the argument'
  const limits = `more than ${mostLevels} levels or ${mostValues} values`
  return fail('argument.invalid', `${call}: ${place} contains itself, or has ${limits}.`, {
    remedy: 'Give plain data of the documented form.',
    detail: { place },
  })
}

const mostShown = 20

/** A single mistake keeps its code and detail; several are listed one per line, under the code they share. */
function failWith(call: string, mistakes: readonly BuildError[]): never {
  const [first, ...others] = mistakes
  if (first === undefined) throw new Error(`unreachable: the arguments of ${call} are incomplete`)
  if (others.length === 0) throw new BuildError(first.code, `${call}: ${first.message}`, first.detail, first.cause)
  const codes = new Set<Code>(mistakes.map(({ code }) => code))
  const lines = mistakes.slice(0, mostShown).map(({ message }) => message.replaceAll('\n', '\n  '))
  if (mistakes.length > mostShown) lines.push(`and ${mistakes.length - mostShown} more`)
  const places = mistakes.map(({ detail }) => String(detail.places ?? detail.place ?? ''))
  throw new BuildError(
    codes.size === 1 ? first.code : 'argument.invalid',
    `${call} has ${mistakes.length} mistakes in its arguments:\n  ${lines.join('\n  ')}`,
    { places: places.join(' ') },
  )
}

function isWhole<T>(taken: { readonly [K in keyof T]?: T[K] }, checks: Checks<T>): taken is T {
  return Object.keys(checks).every((key) => key in taken)
}
