/**
 * Checks of the arguments that all image builders share: each returns what was meant in one spelling, or fails with a remedy.
 *
 * Names of the arguments, their defaults and their meaning are the dockerTools manual's.
 */
import { type Check, checkString, integerFrom, refuse, shown } from '../base/check.ts'
import { fail } from '../base/error.ts'
import { formatTime, parseTime } from '../base/time.ts'
import {
  type Compressor,
  type CompressorName,
  compressorForms,
  readCompressor,
} from '../format/compression/compressors.ts'
import { isTag, parseReference } from '../format/reference.ts'
import { mostLayers } from '../layer/grouping/layering.ts'
import { checkWritten } from '../source/placeholder.ts'
import { nameFrom } from '../store/store-path.ts'

/** Default creation date: one second after the epoch, since some tools take 0 for "no date". */
export const defaultCreated = '1970-01-01T00:00:01Z'

/** Checks the name of an image and converts it to lower case, as nixpkgs does; a registry's domain may come first. */
export const imageName: Check<string> = (value, place) => {
  const name = checkWritten(value, place).toLowerCase()
  const reference = parseReference(name)
  if (reference !== undefined && reference.tag === undefined && reference.digest === undefined) return name
  const tag = reference?.tag
  if (tag === undefined) return refuse(place, value, nameWanted)
  return fail('argument.invalid', `${place} must not hold a tag; got ${shown(value)}.`, {
    remedy: `Give the tag as an argument of its own: name: "${name.slice(0, -tag.length - 1)}", tag: "${tag}".`,
    detail: { place },
  })
}

const nameWanted =
  'the name of an image: a-z 0-9, with single . _ - or / between them; a registry may come first, such as "registry.example:5000/team/redis"'

/** Returns the last part of an image's name, which its store objects are named after. */
export function baseNameOf(name: string): string {
  return nameFrom(name.slice(name.lastIndexOf('/') + 1))
}

/** Checks the tag of an image. */
export const imageTag: Check<string> = (value, place) => {
  const tag = checkString(value, place)
  return isTag(tag)
    ? tag
    : refuse(place, value, 'a tag: 1 to 128 of the characters a-z A-Z 0-9 _ . -, the first one not . or -')
}

/** Checks a creation date and converts it to RFC 3339 in UTC, or "now". */
export const created: Check<string> = (value, place) => (value === 'now' ? 'now' : formatTime(seconds(value, place)))

/** Checks the modification time of files: a date, Unix seconds, or "now". */
export const mtime: Check<number | 'now'> = (value, place) => {
  if (value === 'now') return 'now'
  if (typeof value === 'number') return integerFrom(0, latest)(value, place)
  const time = seconds(value, place)
  return time >= 0 ? time : refuse(place, value, 'a date from 1970 on, since archives hold no earlier one')
}

/** Checks the maximum number of layers, those of the base and the image's own included. */
export const maxLayers: Check<number> = (value, place) => {
  const expected = `an integer from 2 to ${mostLayers}`
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return refuse(place, value, expected)
  if (value >= 2 && value <= mostLayers) return value
  const reason =
    value < 2
      ? 'One layer holds what the image adds itself, so its packages need at least one more.'
      : `Docker loads no image of more than ${mostLayers} layers ("max depth exceeded")${value === 128 ? '; the 128 in the dockerTools manual is too many' : ''}.`
  return fail('layering.max-layers', `${place} must be ${expected}; got ${value}.`, {
    remedy: reason,
    detail: { place },
  })
}

/** Checks a compressor: a name, or a name and a level. Default: `otherwise`. */
export function compressorOr(otherwise: CompressorName): Check<Compressor> {
  return (value, place) => readCompressor(value ?? otherwise) ?? refuse(place, value, `one of ${compressorForms}`)
}

/** Checks a user or group ID; the largest 32-bit number means "none" to the kernel. */
export const ownerId: Check<number> = integerFrom(0, 0xffff_fffe)

/** Checks the name of a user or group, which archives record beside the ID. */
export const ownerName: Check<string> = (value, place) => {
  const name = checkString(value, place)
  return /^[^\s:/\0]*$/.test(name) ? name : refuse(place, value, 'a name without white space, ":" and "/"')
}

const latest = 253_402_300_799

function seconds(value: unknown, place: string): number {
  const time = typeof value === 'string' ? parseTime(value) : undefined
  return time ?? refuse(place, value, 'a date such as "2024-05-06T07:08:09Z", "2024-05-06" or "@1714979289", or "now"')
}
