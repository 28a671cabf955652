/**
 * Points in time as Unix seconds, parsed and formatted without a clock or a local time zone, so the result is the same everywhere.
 *
 * Uses the Gregorian calendar throughout (RFC 3339); a date without a zone is UTC. Unix time has no leap seconds.
 */

/** First and last second that RFC 3339 can express: years 0000 to 9999. */
const earliest = -62_167_219_200
const latest = 253_402_300_799

/**
 * Parses the spellings in common use: `@123`, `2024-05-06`, `2024-05-06 07:08`, `2024-05-06T07:08:09+02:00`, `20240506`, and the 14 digits
 * of a flake's `lastModifiedDate`. Drops fractions of a second.
 *
 * @returns Unix seconds; undefined for any other string.
 */
export function parseTime(text: string): number | undefined {
  const seconds = /^@-?\d{1,15}$/.test(text) ? Number(text.slice(1)) : parseCalendar(text)
  return seconds === undefined || seconds < earliest || seconds > latest ? undefined : seconds
}

/** Formats Unix seconds as RFC 3339 in UTC: `1970-01-01T00:00:01Z`. Drops fractions of a second. */
export function formatTime(seconds: number): string {
  return `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19)}Z`
}

const calendar =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?(?: ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?$/i

function parseCalendar(text: string): number | undefined {
  const parts = calendar.exec(text)
  if (parts === null) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone] = parts
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
  const inUtc = Date.parse(written) / 1000
  const offset = offsetOf(zone)
  // `Date` accepts 30 February as 1 March, and 24:00 as the next day.
  if (Number.isNaN(inUtc) || offset === undefined || formatTime(inUtc) !== written) return undefined
  return inUtc - offset
}

/** Offset of the zone in seconds east of UTC. */
function offsetOf(zone: string | undefined): number | undefined {
  const parts = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? '')
  if (parts === null) return 0
  const [hours, minutes] = [Number(parts[2]), Number(parts[3] ?? 0)]
  if (hours > 23 || minutes > 59) return undefined
  return (parts[1] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60)
}
