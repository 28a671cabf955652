/** Flags whose values are durations and sizes, such as 7d and 5G. */
import { fail } from '../base/error.ts'

/** Flag with a number that is written with a unit. */
export interface AmountFlag {
  readonly kind: 'parsed'
  readonly parse: (text: string) => number
  readonly brief: string
  readonly placeholder: string
  readonly optional: true
}

const seconds: Readonly<Record<string, number>> = { h: 3600, d: 86_400, w: 604_800 }
const bytes: Readonly<Record<string, number>> = {
  ...{ '': 1, B: 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
}

/** Makes a flag with a duration: hours, days or weeks; its value is in seconds. */
export function durationFlag(brief: string): AmountFlag {
  return amountFlag(brief, { units: seconds, example: '7d', placeholder: 'TIME' })
}

/** Makes a flag with a size: bytes, or k, M, G, T for powers of 1000, Ki, Mi, Gi, Ti for powers of 1024; its value is in bytes. */
export function sizeFlag(brief: string): AmountFlag {
  return amountFlag(brief, { units: bytes, example: '5G', placeholder: 'SIZE' })
}

interface Amounts {
  readonly units: Readonly<Record<string, number>>
  readonly example: string
  readonly placeholder: string
}

function amountFlag(brief: string, { units, example, placeholder }: Amounts): AmountFlag {
  const parse = (text: string): number => {
    const [, number, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)([A-Za-z]*)$/.exec(text) ?? []
    const factor = units[unit === 'B' ? unit : unit.replace(/B$/, '')]
    if (number !== undefined && factor !== undefined) return Number(number) * factor
    const known = Object.keys(units).filter((each) => each !== '')
    return fail('argument.invalid', `${JSON.stringify(text)} is not a valid amount.`, {
      remedy: `Write a number with one of the units ${known.join(', ')}, such as ${example}.`,
    })
  }
  return { kind: 'parsed', parse, brief: `${brief}, such as ${example}`, placeholder, optional: true }
}
