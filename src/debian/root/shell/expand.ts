/** Expands words to fields (XCU 2.6): parameters, substitutions, splitting, pathnames. Unknown parts remain unknown. */
import { arithmetic } from './arithmetic.ts'
import { isPattern, literal, matches } from './pattern.ts'
import type { Change, Command, Part, Word } from './syntax.ts'

/** A string; undefined if only running the script could tell. */
export type Value = string | undefined

/** Represents an unknown part of a program's output: a word that contains it is unknown. */
export const unknownPart = '\uE000'

/** A variable. `isSet` undefined: unknown. */
export interface Variable {
  readonly value: Value
  readonly isSet: boolean | undefined
}

/** Context of an expansion. */
export interface Environment {
  variable(name: string): Variable
  assign(name: string, value: Value): void
  /** Positional parameters; undefined if their number is unknown. */
  positional(): readonly Value[] | undefined
  /** Output of a command. */
  capture(body: Command): Value
  /** Pathnames that match a pattern, sorted; undefined if unknown. */
  glob(pattern: string): readonly string[] | undefined
}

/** A field. `pattern` is its text with quoted parts escaped. */
export interface Field {
  readonly text: Value
  readonly pattern: string
}

// No real script has longer values; hostile ones must not fill the memory.
const longest = 65_536
const mostTrimmed = 1024
const mostFields = 65_536

/** Expands words to fields, including pathname expansion; too many become an unknown one after the first. */
export function expandWords(words: readonly Word[], environment: Environment): readonly Value[] {
  const values: Value[] = []
  for (const word of words) {
    for (const field of fieldsOf(word.parts, environment)) {
      for (const value of named(field, environment)) values.push(value)
      if (values.length >= mostFields) return [values[0], undefined]
    }
  }
  return values
}

/** Expands a word without splitting and pathname expansion, as in assignments. */
export function expandOne(parts: readonly Part[], environment: Environment): Value {
  return asOne(parts, environment).text
}

/** Expands a word to a pattern, as in `case`. */
export function expandPattern(parts: readonly Part[], environment: Environment): Value {
  const { text, pattern } = asOne(parts, environment)
  return text === undefined ? undefined : pattern
}

function asOne(parts: readonly Part[], environment: Environment): Field {
  const whole = new Joined('')
  for (const part of parts) add(part, { whole, environment, splits: false })
  return whole.fields()[0] ?? { text: '', pattern: '' }
}

function fieldsOf(parts: readonly Part[], environment: Environment): readonly Field[] {
  const { value, isSet } = environment.variable('IFS')
  const whole = new Joined(isSet === false ? ' \t\n' : (value ?? ' \t\n'))
  for (const part of parts) add(part, { whole, environment, splits: true })
  return whole.fields()
}

function named({ text, pattern }: Field, environment: Environment): readonly Value[] {
  if (text === undefined || !isPattern(pattern)) return [text]
  const names = environment.glob(pattern)
  if (names === undefined) return [undefined]
  return names.length === 0 ? [text] : names
}

/** Fields under construction. */
class Joined {
  readonly #separators: string
  readonly #fields: Field[] = []
  #text: Value = ''
  #pattern = ''
  #isOpen = false

  constructor(separators: string) {
    this.#separators = separators
  }

  add(text: Value, quoted: boolean): void {
    this.#isOpen = true
    if (text === undefined || (this.#text?.length ?? 0) + text.length > longest) this.#text = undefined
    else if (this.#text !== undefined) {
      this.#text += text
      this.#pattern += quoted ? literal(text) : text
    }
  }

  /** Text that is split at separators. */
  addSplit(text: Value): void {
    if (text === undefined) {
      this.add(undefined, false)
      return
    }
    let piece = ''
    for (const character of text) {
      if (!this.#separators.includes(character)) {
        piece += character
        continue
      }
      if (piece !== '') this.add(piece, false)
      piece = ''
      if (this.#isOpen || !/\s/.test(character)) this.cut()
    }
    if (piece !== '') this.add(piece, false)
  }

  cut(): void {
    const isKnown = this.#text?.includes(unknownPart) === false
    this.#fields.push({ text: isKnown ? this.#text : undefined, pattern: this.#pattern })
    this.#text = ''
    this.#pattern = ''
    this.#isOpen = false
  }

  get isFull(): boolean {
    return this.#fields.length >= mostFields
  }

  fields(): readonly Field[] {
    if (this.#isOpen) this.cut()
    return this.#fields
  }
}

interface Adding {
  readonly whole: Joined
  readonly environment: Environment
  readonly splits: boolean
}

function add(part: Part, to: Adding): void {
  if (part.kind === 'text') to.whole.add(part.text, part.quoted)
  else if (part.kind === 'parameter' && (part.name === '@' || part.name === '*') && part.change === undefined)
    addPositional(part, to)
  else if (part.kind === 'parameter' && part.change !== undefined && !isTrim(part.change))
    addChanged(part, part.change, to)
  else addValue(partValue(part, to.environment), part.quoted, to)
}

function addValue(value: Value, quoted: boolean, { whole, splits }: Adding): void {
  if (quoted || !splits) whole.add(value, quoted)
  else whole.addSplit(value)
}

function addPositional({ name, quoted }: { readonly name: string; readonly quoted: boolean }, to: Adding): void {
  const values = to.environment.positional()
  if (values === undefined || !to.splits || (quoted && name === '*')) {
    to.whole.add(values === undefined || values.includes(undefined) ? undefined : values.join(' '), quoted)
    return
  }
  for (const [index, value] of values.entries()) {
    if (to.whole.isFull) return
    if (index > 0) to.whole.cut()
    if (quoted) to.whole.add(value, true)
    else to.whole.addSplit(value)
  }
}

function partValue(part: Exclude<Part, { kind: 'text' }>, environment: Environment): Value {
  if (part.kind === 'unknown') return undefined
  if (part.kind === 'command') return environment.capture(part.body)?.replace(/\n+$/, '')
  if (part.kind === 'arithmetic') return calculated(part.expression, environment)
  const { value } = environment.variable(part.name)
  return part.change === undefined ? value : trimmed(value, part.change, environment)
}

// NAME = …, NAME += …; NAME++, --NAME.
const assignment = /\b([A-Za-z_]\w*)\b ?(<<|>>|[-+*/%&|^])?=(?!=)/g
const step = /\b[A-Za-z_]\w*\b(?= ?(?:\+\+|--))|(?<=(?:\+\+|--) ?)\b[A-Za-z_]\w*/g

/** Value of an expression; one assignment at its start is made, and any other makes its variable unknown. */
function calculated(expression: readonly Part[], environment: Environment): Value {
  const text = expandOne(expression, environment)?.trim().replace(/\s+/g, ' ') ?? ''
  const [first, ...others] = text.matchAll(assignment)
  const stepped = text.match(step) ?? []
  if (first === undefined && stepped.length === 0) return computed(text, environment)
  const [whole, name = '', operator] = first ?? ['']
  const isPlain = first?.index === 0 && others.length === 0 && stepped.length === 0
  const rest = text.slice(whole.length)
  const value = isPlain
    ? computed(operator === undefined ? rest : `${name} ${operator} (${rest})`, environment)
    : undefined
  const names = [name, ...others.map(([, other = '']) => other), ...stepped].filter((each) => each !== '')
  for (const each of names) environment.assign(each, value)
  return value
}

/** Value of an expression that assigns nothing. */
function computed(text: string, environment: Environment): Value {
  let isKnown = true
  const replaced = text.replace(/[A-Za-z_]\w*/g, (name) => {
    const { value } = environment.variable(name)
    isKnown &&= value !== undefined
    return value === undefined || value === '' ? '0' : value
  })
  const result = isKnown ? arithmetic(replaced) : undefined
  return result === undefined ? undefined : String(result)
}

function isTrim({ operator }: Change): boolean {
  return /^[%#]|^\/|^length$/.test(operator)
}

function trimmed(value: Value, { operator, word }: Change, environment: Environment): Value {
  if (value === undefined) return undefined
  if (operator === 'length') return String(value.length)
  if (value.length > mostTrimmed) return undefined
  const pattern = operator.startsWith('/') ? undefined : expandPattern(word, environment)
  if (pattern === undefined) return undefined
  return operator.startsWith('%')
    ? withoutEnd(value, pattern, operator === '%%')
    : withoutStart(value, pattern, operator === '##')
}

function withoutEnd(value: string, pattern: string, longestCut: boolean): string {
  const cuts = Array.from({ length: value.length + 1 }, (_, length) => length)
  const cut = (longestCut ? cuts.reverse() : cuts).find((length) =>
    matches(pattern, value.slice(value.length - length)),
  )
  return value.slice(0, value.length - (cut ?? 0))
}

function withoutStart(value: string, pattern: string, longestCut: boolean): string {
  const cuts = Array.from({ length: value.length + 1 }, (_, length) => length)
  const cut = (longestCut ? cuts.reverse() : cuts).find((length) => matches(pattern, value.slice(0, length)))
  return value.slice(cut ?? 0)
}

/** `${name:-word}` and related forms. */
function addChanged(
  { name, quoted }: { readonly name: string; readonly quoted: boolean },
  { operator, word }: Change,
  to: Adding,
): void {
  const { environment, whole } = to
  const isThere = given(environment, name, operator.startsWith(':'))
  const kind = operator.at(-1)
  if (isThere === undefined) whole.add(undefined, false)
  else if (kind === '+' ? isThere : !isThere) {
    if (kind === '=') environment.assign(name, expandOne(word, environment))
    if (quoted) whole.add(expandOne(word, environment), true)
    else for (const part of word) add(part, to)
  } else if (kind !== '+') {
    if (name === '@' || name === '*') addPositional({ name, quoted }, to)
    else addValue(environment.variable(name).value, quoted, to)
  }
}

/** Tells whether a parameter is set, and not empty if `counts` requires that. */
function given(environment: Environment, name: string, counts: boolean): boolean | undefined {
  if (name === '@' || name === '*') {
    const values = environment.positional()
    return values === undefined ? undefined : values.length > 0
  }
  const { value, isSet } = environment.variable(name)
  if (!counts || isSet === false) return isSet
  return value === undefined ? undefined : value !== ''
}
