/** Checks of arguments that name their argument: each returns what it was given, or fails with the place, the value and a remedy. */
import { isPlainObject } from './document.ts'
import { fail } from './error.ts'
import { didYouMean } from './nearest.ts'

/** An object whose keys are all among `known`. @throws BuildError argument.invalid, argument.unknown */
export function checkObject(
  value: unknown,
  place: string,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) return refuse(place, value, 'an object')
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const hint = didYouMean(key, known)
    fail('argument.unknown', `${place}: there is no argument "${key}".`, {
      remedy: hint === '' ? `The arguments are ${known.join(', ')}.` : hint,
      detail: { place, argument: key },
    })
  }
  return value
}

/** A text. @throws BuildError argument.invalid */
export function checkString(value: unknown, place: string): string {
  return typeof value === 'string' ? value : refuse(place, value, 'a text')
}

/** A whole number within bounds, both included. @throws BuildError argument.invalid */
export function checkInteger(
  value: unknown,
  place: string,
  bounds: { readonly least: number; readonly most: number },
): number {
  const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= bounds.least && value <= bounds.most
  return fits ? value : refuse(place, value, `a whole number from ${bounds.least} to ${bounds.most}`)
}

/** true or false. @throws BuildError argument.invalid */
export function checkBoolean(value: unknown, place: string): boolean {
  return typeof value === 'boolean' ? value : refuse(place, value, 'true or false')
}

/** One of some texts. @throws BuildError argument.invalid */
export function checkOneOf<T extends string>(value: unknown, place: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value)
  return choice ?? refuse(place, value, `one of ${choices.map((each) => `"${each}"`).join(', ')}`)
}

/** A list. @throws BuildError argument.invalid */
export function checkList(value: unknown, place: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(place, value, 'a list')
}

/** A list of texts. @throws BuildError argument.invalid, naming the item */
export function checkStrings(value: unknown, place: string): readonly string[] {
  return checkList(value, place).map((item, index) => checkString(item, `${place}[${index}]`))
}

/** An argument that may be left out or null: the manual's way of saying default. */
export function optional<T>(value: unknown, otherwise: T, check: (value: unknown) => T): T {
  return value === undefined || value === null ? otherwise : check(value)
}

/** Fails, naming the place, what was given and what was expected. */
export function refuse(place: string, value: unknown, expected: string): never {
  return fail('argument.invalid', `${place} is ${shown(value)}.`, { remedy: `Give ${expected}.`, detail: { place } })
}

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (value === undefined) return 'missing'
  const text = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
