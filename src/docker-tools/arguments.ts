/**
 * Checks of the arguments that all image builders share. Every mistake in a call is named at once.
 *
 * A check is given a value and its place; it returns what was meant in one spelling, or fails with a remedy. Names of the arguments,
 * their defaults and their meaning are the dockerTools manual's; `null` says default.
 */
import { checkInteger, checkString, refuse } from '../base/check.ts'
import { isPlainObject } from '../base/document.ts'
import { BuildError, type Code, fail, messageOf } from '../base/error.ts'
import { didYouMean } from '../base/nearest.ts'
import { formatTime, parseTime } from '../base/time.ts'
import {
  type Compressor,
  type CompressorName,
  compressorForms,
  readCompressor,
} from '../format/compression/compressors.ts'
import { isTag, parseReference } from '../format/reference.ts'
import { mostLayers } from '../layer/grouping/layering.ts'
import { holdsPlaceholder } from '../source/placeholder.ts'

/** Returns what a value means, or throws a `BuildError` that names `place`. */
export type Check<T> = (value: unknown, place: string) => T

/** One check for each argument. */
export type Checks<T> = { readonly [K in keyof T]: Check<T[K]> }

/** When an image without a date was made: one second after the epoch, since some tools take 0 for "no date". */
export const defaultCreated = '1970-01-01T00:00:01Z'

/**
 * Runs all checks over the arguments of one call.
 *
 * @param builder - the function's name, for messages.
 * @throws BuildError argument.unknown, argument.invalid, config.invalid - with all mistakes, one a line.
 */
export function checkArguments<T>(builder: string, given: unknown, checks: Checks<T>): T {
  if (!isPlainObject(given)) return refuse(`${builder}'s argument`, given, 'one object, such as { name: "redis" }')
  const mistakes = unknownArguments(builder, given, Object.keys(checks))
  const taken: { -readonly [K in keyof T]?: T[K] } = {}
  for (const key in checks) {
    try {
      taken[key] = checks[key](given[key], key)
    } catch (thrown) {
      if (!(thrown instanceof BuildError)) throw thrown
      mistakes.push(thrown)
    }
  }
  if (mistakes.length === 0 && isWhole<T>(taken, checks)) return taken
  return refuseAll(builder, mistakes)
}

/** A check for an argument that may be left out or null. */
export function orDefault<T, D>(check: Check<T>, otherwise: D): Check<T | D> {
  return (value, place) => (value === undefined || value === null ? otherwise : check(value, place))
}

/** The name of an image, in lower case as in nixpkgs; a registry's domain may stand in front. */
export function imageName(value: unknown, place: string): string {
  const name = checkString(value, place).toLowerCase()
  if (holdsPlaceholder(name)) {
    fail('placeholder.misplaced', `${place} is ${JSON.stringify(value)}, which holds the placeholder of a package.`, {
      remedy: 'A name must be known at once: write it out. A tag may hold `${pkg}`.',
    })
  }
  const reference = parseReference(name)
  if (reference !== undefined && reference.tag === undefined && reference.digest === undefined) return name
  const tag = reference?.tag
  return fail(
    'argument.invalid',
    `${place} is ${JSON.stringify(value)}, which ${tag === undefined ? 'is no name of an image' : 'holds a tag'}.`,
    {
      remedy:
        tag === undefined
          ? 'Use a-z 0-9, with single . _ - or / between them; a registry may stand in front, such as "registry.example:5000/team/redis".'
          : `Give the tag apart: name: "${name.slice(0, -tag.length - 1)}", tag: "${tag}".`,
      detail: { place },
    },
  )
}

/** The tag of an image. */
export function imageTag(value: unknown, place: string): string {
  const tag = checkString(value, place)
  if (isTag(tag)) return tag
  return fail(
    'argument.invalid',
    `${place} is ${JSON.stringify(tag)}${tag.includes(' ') ? ', with a space in it' : ''}.`,
    {
      remedy: 'Use 1 to 128 of the characters a-z A-Z 0-9 _ . - and start with none of the last two.',
      detail: { place },
    },
  )
}

/** A date in any usual spelling, as RFC 3339 in UTC; or "now". */
export function created(value: unknown, place: string): string {
  return value === 'now' ? 'now' : formatTime(seconds(value, place))
}

/** The date of all files: a date, Unix seconds, or "now". */
export function mtime(value: unknown, place: string): number | 'now' {
  if (value === 'now') return 'now'
  const time =
    typeof value === 'number' ? checkInteger(value, place, { least: 0, most: latest }) : seconds(value, place)
  return time >= 0 ? time : refuse(place, value, 'a date from 1970 on: archives know no earlier one')
}

/** How many layers an image may have, those of its base and the one for its own files included. */
export function maxLayers(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    return refuse(place, value, `a whole number from 2 to ${mostLayers}`)
  if (value >= 2 && value <= mostLayers) return value
  const reason =
    value < 2
      ? 'one layer holds what the image adds itself, so at least one more is needed for its packages'
      : `Docker loads no image of more than ${mostLayers} layers ("max depth exceeded")`
  return fail('layering.max-layers', `${place} is ${value}: ${reason}.`, {
    remedy: `Give a whole number from 2 to ${mostLayers}${value === 128 ? ' (the 128 in the dockerTools manual is too many)' : ''}.`,
    detail: { place },
  })
}

/** A compressor: a name, or a name and a level. Left out or null: `otherwise`. */
export function compressorOr(otherwise: CompressorName): Check<Compressor> {
  return (value, place) => readCompressor(value ?? otherwise) ?? refuse(place, value, `one of ${compressorForms}`)
}

/** A user or group id. */
export function ownerId(value: unknown, place: string): number {
  return checkInteger(value, place, { least: 0, most: 0xffff_fffe })
}

/** The name of a user or group, as archives carry it beside the id. */
export function ownerName(value: unknown, place: string): string {
  const name = checkString(value, place)
  return /^[^\s:/\0]*$/.test(name) ? name : refuse(place, value, 'a name without white space, ":" and "/"')
}

const latest = 253_402_300_799

function seconds(value: unknown, place: string): number {
  const time = typeof value === 'string' ? parseTime(value) : undefined
  return time ?? refuse(place, value, 'a date such as "2024-05-06T07:08:09Z", "2024-05-06" or "@1714979289", or "now"')
}

function unknownArguments(builder: string, given: object, known: readonly string[]): BuildError[] {
  const unknown = Object.keys(given).filter((key) => !known.includes(key))
  return unknown.map((key) => {
    const hint = didYouMean(key, known)
    const remedy = hint === '' ? `The arguments are ${known.join(', ')}.` : hint
    return new BuildError('argument.unknown', `${builder} has no argument "${key}". ${remedy}`, { place: key })
  })
}

function refuseAll(builder: string, mistakes: readonly BuildError[]): never {
  const [first] = mistakes
  if (first === undefined) throw new Error(`unreachable: ${builder}'s arguments are incomplete`)
  if (mistakes.length === 1) throw first
  const codes = new Set<Code>(mistakes.map((mistake) => mistake.code))
  const lines = mistakes.map((mistake) => messageOf(mistake).replaceAll('\n', '\n  '))
  return fail(
    codes.size === 1 ? first.code : 'argument.invalid',
    `${builder} cannot take these arguments:\n  ${lines.join('\n  ')}`,
    {
      remedy: '',
      detail: {
        places: mistakes.map((mistake) => String(mistake.detail.places ?? mistake.detail.place ?? '')).join(' '),
      },
    },
  )
}

function isWhole<T>(taken: { readonly [K in keyof T]?: T[K] }, checks: Checks<T>): taken is T {
  return Object.keys(checks).every((key) => key in taken)
}
