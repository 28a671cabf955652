/** Permissions as chmod(1) takes them. */
import { type Check, refuse } from '../base/check.ts'

/** Permission bits, or a symbolic mode as chmod(1) takes it, such as "u=rwX,go=rX". */
export type Mode = number | `${string}${'+' | '-' | '='}${string}`

/** Decimal numbers that were meant as octal ones. None of them is a mode that anything has. */
const octalDigits: ReadonlySet<unknown> = new Set([755, 644, 600, 700, 750, 640, 775, 664, 777, 1777])

/** A mode as an argument. */
export const checkMode: Check<Mode> = (value, place) => {
  if (octalDigits.has(value)) return refuse(place, value, `octal: write 0o${String(value)}`)
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 0o7777) return value
  if (isSymbolic(value) && changedMode(value, { mode: 0, isDirectory: false, umask: 0 }) !== undefined) return value
  return refuse(place, value, 'an integer from 0 to 0o7777, or a symbolic mode, such as "u=rwX,go=rX"')
}

function isSymbolic(value: unknown): value is Exclude<Mode, number> {
  return typeof value === 'string' && /[-+=]/.test(value)
}

/** The permission bits that a mode gives to an entry. */
export function modeFor(mode: Mode, of: { readonly mode: number; readonly isDirectory: boolean }): number {
  if (typeof mode === 'number') return mode
  const changed = changedMode(mode, { ...of, umask: 0 })
  if (changed === undefined) throw new Error(`unreachable: ${mode} is not a valid mode`)
  return changed
}

/** The mode that a description makes of another; undefined where it is not valid. */
export function changedMode(
  description: string,
  of: { readonly mode: number; readonly isDirectory: boolean; readonly umask: number },
): number | undefined {
  if (/^[0-7]{1,5}$/.test(description)) return numeric(description, of)
  let { mode } = of
  for (const clause of description.split(',')) {
    const [, who, actions] = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause) ?? []
    if (who === undefined || actions === undefined) return undefined
    for (const [, operator = '', letters = ''] of actions.matchAll(/([-+=])([rwxXstugo]*)/g))
      mode = applied(mode, { who, operator, letters }, of)
  }
  return mode
}

// Of a directory the set-id bits stay unless five digits take them away (GNU chmod).
function numeric(
  digits: string,
  { mode, isDirectory }: { readonly mode: number; readonly isDirectory: boolean },
): number {
  const value = Number.parseInt(digits, 8) & 0o7777
  return isDirectory && digits.length < 5 ? value | (mode & 0o6000) : value
}

interface Action {
  readonly who: string
  readonly operator: string
  readonly letters: string
}

const shifts: ReadonlyMap<string, number> = new Map([
  ['u', 6],
  ['g', 3],
  ['o', 0],
])

function applied(
  mode: number,
  { who, operator, letters }: Action,
  { isDirectory, umask }: { readonly isDirectory: boolean; readonly umask: number },
): number {
  const whom = who === '' || who.includes('a') ? 'ugo' : who
  let bits = 0
  let all = 0
  for (const each of whom) {
    const shift = shifts.get(each) ?? 0
    bits |= rights(letters, mode, isDirectory) << shift
    all |= 0o7 << shift
    if (letters.includes('s') && each !== 'o') bits |= each === 'u' ? 0o4000 : 0o2000
    if (!isDirectory && each !== 'o') all |= each === 'u' ? 0o4000 : 0o2000
    // The sticky bit counts among the others' permissions.
    if (each === 'o') all |= 0o1000
    if (each === 'o' && letters.includes('t')) bits |= 0o1000
  }
  if (who === '') bits &= ~umask
  if (operator === '+') return mode | bits
  return operator === '-' ? mode & ~bits : (mode & ~all) | bits
}

function rights(letters: string, mode: number, isDirectory: boolean): number {
  let bits = 0
  if (letters.includes('r')) bits |= 4
  if (letters.includes('w')) bits |= 2
  if (letters.includes('x') || (letters.includes('X') && (isDirectory || (mode & 0o111) !== 0))) bits |= 1
  for (const [name, shift] of shifts) if (letters.includes(name)) bits |= (mode >> shift) & 7
  return bits
}
