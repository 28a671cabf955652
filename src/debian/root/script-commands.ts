/**
 * The commands of a maintainer script with their words expanded, as far as literals go (docs/debian.md, "Alternatives").
 *
 * A script is read from top to bottom as if every branch were taken: `v=literal` sets a variable, `for v in literal list` repeats its
 * body, a call of one of the script's functions runs the function's with its arguments. A value that only running could tell leaves an
 * earlier literal standing (scripts adjust defaults so, for cases such as a foreign architecture) and else makes every word with it
 * unknown. Unknown words are the caller's to report, never to guess.
 */
import { fail } from '../../base/error.ts'
import { type Part, parseStatements, type Statement, type Word } from './shell-words.ts'

/** One command; `undefined` stands for a word that only running could tell. */
export interface ScriptCommand {
  readonly words: readonly (string | undefined)[]
  /** As the script has it, for people. */
  readonly source: string
}

/**
 * The commands of a shell script; none for another language (see `isShell`).
 *
 * @throws BuildError archive.invalid - the script multiplies its own loops and functions beyond what any real one does.
 */
export function scriptCommands(script: string): readonly ScriptCommand[] {
  if (!isShell(script)) return []
  const state: State = { variables: new Map(), functions: new Map(), depth: 0, steps: { left: mostSteps } }
  return [...run(parseStatements(script), state)]
}

/** Whether a script is for a shell, by its first line. */
export function isShell(script: string): boolean {
  return /^#! ?\S*\/(env )?(ba|da)?sh\b/.test(script)
}

type Variables = Map<string, string>

interface State {
  readonly variables: Variables
  readonly functions: Map<string, readonly Statement[]>
  readonly depth: number
  readonly steps: { left: number }
}

// Words that stand before a command and change nothing for us (POSIX.1-2017, XCU 2.4).
const prefixes = new Set(['if', 'then', 'else', 'elif', 'do', '{', '}', '!', 'while', 'until', 'exec', 'command'])
const loops = new Set(['for', 'while', 'until'])

// No real script calls its functions deeper than this, takes more steps or holds longer values; hostile ones must end.
const deepest = 8
const mostSteps = 100_000
const longestValue = 65_536

function* run(statements: readonly Statement[], state: State): Generator<ScriptCommand> {
  for (let index = 0; index < statements.length; index++) {
    if (state.steps.left-- <= 0) refuseEndless()
    const words = withoutPrefixes(statements[index] ?? [])
    const name = words[0]?.source ?? ''
    if (name === 'for') {
      const end = endOfLoop(statements, index)
      yield* runLoop(words, statements.slice(index + 1, end), state)
      index = end
    } else if (name.endsWith('()')) {
      const end = endOfFunction(statements, index)
      state.functions.set(name.slice(0, -2), [words.slice(1), ...statements.slice(index + 1, end)])
      index = end - 1
    } else if (words.length > 0 && !assign(words, state.variables)) yield* runCommand(words, state)
  }
}

function refuseEndless(): never {
  fail('archive.invalid', `A maintainer script takes more than ${mostSteps} steps.`, {
    remedy: 'Use another version of the package.',
  })
}

function* runCommand(words: Statement, state: State): Generator<ScriptCommand> {
  const expanded = words.flatMap((word) => expand(word, state.variables))
  const body = state.functions.get(expanded[0] ?? '')
  if (body === undefined || state.depth === deepest) {
    yield { words: expanded, source: words.map((word) => word.source).join(' ') }
    return
  }
  const own: Variables = new Map(state.variables)
  for (let position = 1; position <= 9; position++) {
    const value = expanded[position]
    if (position >= expanded.length) own.set(String(position), '')
    else if (value === undefined) own.delete(String(position))
    else own.set(String(position), value)
  }
  yield* run(body, { ...state, variables: own, depth: state.depth + 1 })
}

// A function's body ends at the "}" that stands first in a statement as often as "{" did.
function endOfFunction(statements: readonly Statement[], start: number): number {
  let depth = 0
  for (let index = start; index < statements.length; index++) {
    const sources = (statements[index] ?? []).map(({ source }) => source)
    depth += sources.filter((source) => source === '{').length
    if (sources[0] === '}' && --depth <= 0) return index
  }
  return statements.length
}

function withoutPrefixes(statement: Statement): Statement {
  const first = statement.findIndex((word) => !prefixes.has(word.source))
  return first < 0 ? [] : statement.slice(first)
}

function* runLoop(
  [, variable, , ...list]: Statement,
  body: readonly Statement[],
  state: State,
): Generator<ScriptCommand> {
  const { variables } = state
  const name = variable?.source ?? ''
  for (const value of list.flatMap((word) => expand(word, variables))) {
    if (value === undefined) variables.delete(name)
    else variables.set(name, value)
    yield* run(body, state)
  }
}

// A loop's `done` closes the innermost loop.
function endOfLoop(statements: readonly Statement[], start: number): number {
  let depth = 0
  for (let index = start; index < statements.length; index++) {
    const first = withoutLoopPrefixes(statements[index] ?? [])
    if (loops.has(first)) depth++
    if (first === 'done' && --depth === 0) return index
  }
  return statements.length
}

function withoutLoopPrefixes(statement: Statement): string {
  return statement.find((word) => loops.has(word.source) || !prefixes.has(word.source))?.source ?? ''
}

const assignment = /^([A-Za-z_]\w*)=/

function assign(words: Statement, variables: Variables): boolean {
  const pairs = ['export', 'local', 'readonly'].includes(words[0]?.source ?? '') ? words.slice(1) : words
  if (words[0]?.source === 'unset') {
    for (const word of words.slice(1)) variables.set(word.source, '')
    return true
  }
  if (!pairs.every((word) => assignment.test(word.source))) return false
  for (const word of pairs) {
    const name = assignment.exec(word.source)?.[1] ?? ''
    const value = joined(word, variables)?.slice(name.length + 1)
    if (value !== undefined) variables.set(name, value)
  }
  return true
}

function textOf(part: Part, variables: Variables): string | undefined {
  if (part.kind === 'opaque') return undefined
  if (part.kind === 'text') return part.text
  const value = variables.get(part.name)
  return value === '' && part.otherwise !== undefined ? joined({ parts: part.otherwise }, variables) : value
}

/** A word's value without splitting, as in assignments. */
function joined(word: Pick<Word, 'parts'>, variables: Variables): string | undefined {
  let value = ''
  for (const part of word.parts) {
    const text = textOf(part, variables)
    if (text === undefined || value.length + text.length > longestValue) return undefined
    value += text
  }
  return value
}

/** The words that one word becomes: unquoted variables are split at white space, and vanish when empty. */
function expand(word: Word, variables: Variables): readonly (string | undefined)[] {
  const value = joined(word, variables)
  const splits = word.parts.some((part) => part.kind === 'variable' && !part.quoted)
  if (value === undefined || !splits) return [value]
  return value.split(/\s+/).filter((piece) => piece !== '')
}
