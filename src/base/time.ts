/**
 * Points in time as Unix seconds, read from and written as text without a clock, a time zone or `Date`: a text says the same everywhere.
 *
 * Gregorian calendar throughout (RFC 3339); a text without a zone is UTC. Leap seconds do not exist in Unix time.
 */

/** The first and the last second that RFC 3339 can write: years 0000 to 9999. */
const earliest = -62_167_219_200
const latest = 253_402_300_799

/**
 * Reads the spellings that people and programs use: `@123`, `2024-05-06`, `2024-05-06 07:08`, `2024-05-06T07:08:09+02:00`,
 * `20240506`, and the 14 digits of a flake's `lastModifiedDate`. A fraction of a second is dropped.
 *
 * @returns Unix seconds; undefined for any other text.
 */
export function parseTime(text: string): number | undefined {
  const seconds = /^@-?\d{1,15}$/.test(text) ? Number(text.slice(1)) : parseCalendar(text)
  return seconds === undefined || seconds < earliest || seconds > latest ? undefined : seconds
}

/** Unix seconds as RFC 3339 in UTC: `1970-01-01T00:00:01Z`. */
export function formatTime(seconds: number): string {
  const days = Math.floor(seconds / 86_400)
  const rest = seconds - days * 86_400
  const { year, month, day } = dateOf(days)
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60]
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}T${clock.map((part) => digits(part, 2)).join(':')}Z`
}

const calendar =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?(?: ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?$/i

function parseCalendar(text: string): number | undefined {
  const parts = calendar.exec(text)
  if (parts === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const offset = offsetOf(parts[7])
  const valid =
    month >= 1 && month <= 12 && day >= 1 && day <= lengthOf(year, month) && hour <= 23 && minute <= 59 && second <= 59
  if (!valid || offset === undefined) return undefined
  return daysOf(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
}

function offsetOf(zone: string | undefined): number | undefined {
  const parts = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? '')
  if (parts === null) return 0
  const [hours, minutes] = [Number(parts[2]), Number(parts[3] ?? 0)]
  if (hours > 23 || minutes > 59) return undefined
  return (parts[1] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60)
}

function lengthOf(year: number, month: number): number {
  return month === 12 ? 31 : daysOf(year, month + 1, 1) - daysOf(year, month, 1)
}

// Counting years from March puts the leap day at a year's end: the days before month m are then (153 m + 2) / 5, rounded down.
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  const m = (month + 9) % 12
  return y * 365 + leaps + Math.floor((153 * m + 2) / 5) + day - 1 - 719_468
}

function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const count = days + 719_468
  let y = Math.floor(count / 365.2425)
  while (daysOf(y, 3, 1) > days) y--
  while (daysOf(y + 1, 3, 1) <= days) y++
  const inYear = days - daysOf(y, 3, 1)
  const m = Math.floor((5 * inYear + 2) / 153)
  const month = m < 10 ? m + 3 : m - 9
  return { year: month <= 2 ? y + 1 : y, month, day: inYear - Math.floor((153 * m + 2) / 5) + 1 }
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}
