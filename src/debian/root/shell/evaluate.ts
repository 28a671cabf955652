/**
 * Follows a script as a shell would, in three-valued logic: if a condition is undecided, both branches are followed, and everything on
 * which they disagree is unknown afterwards. A branch on which the script fails is not taken, since the package is installed in the end.
 *
 * Nothing is run. Commands are the caller's (`Programs`); control flow, variables, functions and redirections are here.
 */
import { type Environment, expandOne, expandPattern, expandWords, type Value, type Variable } from './expand.ts'
import type { Cause } from './facts.ts'
import { matches } from './pattern.ts'
import { adopt, forked, merged, note, type State, weight } from './state.ts'
import type { Assignment, Command, Redirection, SimpleCommand, Word } from './syntax.ts'

/** A simple command with its words as far as they are known. */
export interface Call {
  readonly name: string
  /** Words after the name. */
  readonly words: readonly Value[]
  readonly cause: Cause
}

/** Effects of a command besides its changes to the state. */
export interface Done {
  /** undefined: unknown. */
  readonly status: number | undefined
  /** Its output; default: none. */
  readonly output?: Value
  /** Ends the construct that contains it. */
  readonly flow?: Flow
}

/** How a script continues. `dead`: not at all, since it would have failed. */
export type Flow = 'next' | 'return' | 'exit' | 'break' | 'continue' | 'dead'

/** Context in which a script is followed. */
export interface Programs {
  /** Executes a command that is not a function of the script; undefined for a name that a function may have. */
  run(call: Call, shell: Shell): Done | undefined
  /** Executes an unknown command. */
  otherwise(call: Call, shell: Shell): Done
  glob(pattern: string, shell: Shell): readonly string[] | undefined
  read(name: string, shell: Shell): Value
  /** Writes a file; `text` undefined: its content is unknown. */
  write(
    file: { readonly name: string; readonly text: Value; readonly appends: boolean },
    shell: Shell,
    cause: Cause,
  ): void
}

/** A script in progress. */
export interface Shell {
  readonly state: State
  readonly programs: Programs
  readonly environment: Environment
  readonly steps: { left: number }
  /** Flows that left a construct while another continued. */
  readonly left: { readonly flow: Flow; readonly base: State; readonly state: State }[]
  /** Owner of the script; `isGenerated` tells whether an offset in the text is generated. */
  readonly from: { readonly package: string; readonly script: string; readonly isGenerated: (at: number) => boolean }
  /** Number of undecided choices around the current command. */
  forks: number
  calls: number
  /** Number of commands, clauses and arms around it. */
  depth: number
  /** Number of subshells around it: leaving one is not a failure of the script. */
  subshells: number
}

// No real script takes more steps, more iterations, calls functions or nests commands deeper; hostile ones must terminate.
const mostSteps = 100_000
const mostRounds = 1000
const deepestCalls = 24
const deepest = 200

/** Raised for a script that takes more steps than any real one. */
export class Endless extends Error {}

/** A shell in its initial state. */
export function newShell(state: State, programs: Programs, from: Shell['from']): Shell {
  const shell: Shell = {
    ...{ state, programs, from, steps: { left: mostSteps }, left: [], forks: 0, calls: 0, depth: 0, subshells: 0 },
    environment: {
      variable: (name) => variableOf(shell, name),
      assign: (name, value) => assign(shell, name, value),
      positional: () => state.positional,
      capture: (body) => capture(shell, body),
      glob: (pattern) => programs.glob(pattern, shell),
    },
  }
  return shell
}

/** Follows a whole script. @throws Endless */
export function follow(shell: Shell, script: Command): void {
  catching(shell, ['exit', 'return'], () => evaluate(shell, script))
}

/** Follows one command. */
export function evaluate(shell: Shell, command: Command): Flow {
  spend(shell, 1)
  return deeper(shell, () => evaluated(shell, command))
}

/** Follows a part of a command, one level deeper. @throws Endless */
function deeper(shell: Shell, follow: () => Flow): Flow {
  if (shell.depth >= deepest) throw new Endless(`more than ${deepest} levels`)
  shell.depth++
  try {
    return follow()
  } finally {
    shell.depth--
  }
}

function evaluated(shell: Shell, command: Command): Flow {
  switch (command.kind) {
    case 'simple':
      return simple(shell, command)
    case 'list':
      return sequence(shell, command.commands)
    case 'and':
    case 'or':
      return andOr(shell, command)
    case 'pipeline':
      return pipeline(shell, command)
    case 'if':
      return branch(shell, command, 0)
    case 'for':
      return loop(shell, command)
    case 'while':
      return whileLoop(shell, command)
    case 'case':
      return choose(shell, command, 0)
    case 'subshell':
      return apart(shell, () => evaluate(shell, command.body))
    case 'function':
      shell.state.functions.set(command.name, command.body)
      return done(shell, 0)
    case 'redirected':
      return redirected(shell, command.redirections, causeOf(shell, 0, ''), () => evaluate(shell, command.body))
    case 'unknown':
      return done(shell, undefined)
  }
}

function spend({ steps }: Shell, count: number): void {
  steps.left -= count
  if (steps.left <= 0) throw new Endless(`more than ${mostSteps} steps`)
}

function done({ state }: Shell, status: number | undefined): Flow {
  state.status = status
  return 'next'
}

function sequence(shell: Shell, commands: readonly Command[]): Flow {
  for (const command of commands) {
    const flow = evaluate(shell, command)
    if (flow !== 'next') return flow
  }
  return 'next'
}

/** Follows one branch if `truth` is known, otherwise both. */
function decide(shell: Shell, truth: boolean | undefined, yes: () => Flow, no: () => Flow): Flow {
  if (truth !== undefined) return truth ? yes() : no()
  const { state } = shell
  const base = { ...state }
  spend(shell, 2 * weight(state))
  const second = forked(state)
  adopt(state, forked(base))
  shell.forks++
  const first = yes()
  const afterFirst = { ...state }
  adopt(state, second)
  const other = no()
  const afterOther = { ...state }
  shell.forks--
  return together(shell, base, { flow: first, state: afterFirst }, { flow: other, state: afterOther })
}

interface Way {
  readonly flow: Flow
  readonly state: State
}

function together(shell: Shell, base: State, a: Way, b: Way): Flow {
  const only = a.flow === 'dead' ? b : b.flow === 'dead' ? a : undefined
  if (only !== undefined) {
    adopt(shell.state, only.state)
    return only.flow
  }
  if (a.flow === b.flow) {
    spend(shell, weight(a.state) + weight(b.state))
    adopt(shell.state, merged(base, a.state, b.state))
    return a.flow
  }
  const [staying, leaving] =
    a.flow === 'next' ? [a, b] : b.flow === 'next' ? [b, a] : a.flow === 'exit' ? [b, a] : [a, b]
  shell.left.push({ flow: leaving.flow, base, state: leaving.state })
  adopt(shell.state, forked(staying.state))
  return staying.flow
}

/** Follows a construct that some flows end, including flows of branches left before. */
function catching(shell: Shell, flows: readonly Flow[], run: () => Flow): Flow {
  const start = shell.left.length
  const flow = run()
  const own = shell.left.splice(start)
  const ended = own.filter((each) => flows.includes(each.flow))
  shell.left.push(...own.filter((each) => !flows.includes(each.flow)))
  const [first, ...others] = ended
  if (flow === 'next' || flows.includes(flow)) joinWays(shell, ended)
  else if (first === undefined) return flow
  else {
    if (flow !== 'dead') shell.left.push({ flow, base: first.base, state: { ...shell.state } })
    adopt(shell.state, forked(first.state))
    joinWays(shell, others)
  }
  return 'next'
}

function joinWays(shell: Shell, ways: Shell['left']): void {
  for (const { base, state } of ways) {
    spend(shell, weight(state))
    adopt(shell.state, merged(base, { ...shell.state }, state))
  }
}

/** Value of a condition. */
function condition(shell: Shell, command: Command): { readonly flow: Flow; readonly truth: boolean | undefined } {
  const { state } = shell
  const saved = state.exitsOnError
  state.exitsOnError = false
  const flow = evaluate(shell, command)
  state.exitsOnError = saved
  return { flow, truth: state.status === undefined ? undefined : state.status === 0 }
}

function branch(shell: Shell, command: Extract<Command, { kind: 'if' }>, index: number): Flow {
  const clause = command.clauses[index]
  if (clause === undefined) return command.otherwise === undefined ? done(shell, 0) : evaluate(shell, command.otherwise)
  const { flow, truth } = condition(shell, clause.condition)
  if (flow !== 'next') return flow
  return decide(
    shell,
    truth,
    () => evaluate(shell, clause.body),
    () => deeper(shell, () => branch(shell, command, index + 1)),
  )
}

function andOr(shell: Shell, { kind, left, right }: Extract<Command, { kind: 'and' | 'or' }>): Flow {
  const { flow, truth } = condition(shell, left)
  if (flow !== 'next') return flow
  const skipped = kind === 'and' ? 1 : 0
  const skip = (): Flow => done(shell, truth === undefined ? skipped : shell.state.status)
  const go = (): Flow => evaluate(shell, right)
  return kind === 'and' ? decide(shell, truth, go, skip) : decide(shell, truth, skip, go)
}

function choose(shell: Shell, command: Extract<Command, { kind: 'case' }>, start: number): Flow {
  const word = expandOne(command.word.parts, shell.environment)
  for (let index = start; index < command.arms.length; index++) {
    const arm = command.arms[index]
    if (arm === undefined) break
    const truth = anyMatches(shell, word, arm.patterns)
    if (truth === false) continue
    return decide(
      shell,
      truth,
      () => evaluate(shell, arm.body),
      () => deeper(shell, () => choose(shell, command, index + 1)),
    )
  }
  return done(shell, 0)
}

function anyMatches(shell: Shell, word: Value, patterns: readonly Word[]): boolean | undefined {
  let isUnknown = false
  for (const each of patterns) {
    const pattern = expandPattern(each.parts, shell.environment)
    if (pattern === '*') return true
    if (pattern === undefined || word === undefined) isUnknown = true
    else {
      spend(shell, 1 + ((pattern.length * word.length) >> 12))
      if (matches(pattern, word)) return true
    }
  }
  return isUnknown ? undefined : false
}

function loop(shell: Shell, { name, words, body }: Extract<Command, { kind: 'for' }>): Flow {
  const values = words === undefined ? shell.state.positional : expandWords(words, shell.environment)
  return catching(shell, ['break'], () => {
    for (const value of values ?? [undefined]) {
      assign(shell, name, value)
      const once = (): Flow => catching(shell, ['continue'], () => evaluate(shell, body))
      // An unknown word may stand for any number of words.
      const flow = value === undefined ? decide(shell, undefined, once, () => 'next') : once()
      if (flow !== 'next') return flow
    }
    return 'next'
  })
}

function whileLoop(shell: Shell, { until, condition: head, body }: Extract<Command, { kind: 'while' }>): Flow {
  return catching(shell, ['break'], () => {
    for (let round = 0; ; round++) {
      const { flow, truth } = condition(shell, head)
      if (flow !== 'next') return flow
      if (truth === until) return done(shell, 0)
      const once = (): Flow => catching(shell, ['continue'], () => evaluate(shell, body))
      // An endless loop would end in a way that is not visible here.
      if (truth === undefined || round > mostRounds) return decide(shell, undefined, once, () => done(shell, undefined))
      const after = once()
      if (after !== 'next') return after
    }
  })
}

function pipeline(shell: Shell, { commands, negated }: Extract<Command, { kind: 'pipeline' }>): Flow {
  const [first, ...others] = commands
  if (first === undefined) return 'next'
  const saved = shell.state.input
  const flow =
    others.length === 0
      ? condition(shell, first).flow
      : apart(shell, () => {
          for (const command of commands.slice(0, -1))
            shell.state.input = printed(shell, () => void condition(shell, command))
          return evaluate(shell, commands.at(-1) ?? first)
        })
  shell.state.input = saved
  const { status } = shell.state
  if (negated) shell.state.status = status === undefined ? undefined : Number(status === 0)
  return flow
}

/** Runs in a subshell: variables are restored, and an exit ends only the subshell. */
function apart(shell: Shell, run: () => Flow): Flow {
  const { variables, positional, functions, exitsOnError, umask } = shell.state
  shell.state.variables = new Map(variables)
  shell.state.functions = new Map(functions)
  shell.subshells++
  const flow = catching(shell, ['exit', 'return', 'break', 'continue'], run)
  shell.subshells--
  Object.assign(shell.state, { variables, positional, functions, exitsOnError, umask })
  return flow
}

/** Output of a command. */
function printed({ state }: Shell, run: () => void): Value {
  const saved = state.output
  state.output = ''
  run()
  const found = state.output
  state.output = saved
  return found
}

function capture(shell: Shell, body: Command): Value {
  if (++shell.calls > deepestCalls) {
    shell.calls--
    return undefined
  }
  const text = printed(shell, () => void apart(shell, () => condition(shell, body).flow))
  shell.calls--
  return text
}

/** Appends to the output. */
function print({ state }: Shell, text: Value): void {
  state.output = text === undefined || state.output === undefined ? undefined : state.output + text
}

function variableOf({ state, from }: Shell, name: string): Variable {
  if (/^\d+$/.test(name)) {
    if (name === '0') return { value: `/var/lib/dpkg/info/${from.package}.${from.script}`, isSet: true }
    const { positional } = state
    const index = Number(name) - 1
    if (positional === undefined) return { value: undefined, isSet: undefined }
    return index < positional.length ? { value: positional[index], isSet: true } : unset
  }
  if (name === '#')
    return { value: state.positional === undefined ? undefined : String(state.positional.length), isSet: true }
  if (name === '?') return { value: state.status === undefined ? undefined : String(state.status), isSet: true }
  if (name === '@' || name === '*') return { value: undefined, isSet: true }
  if (name === '$' || name === '!' || name === '-') return { value: undefined, isSet: true }
  return state.variables.get(name) ?? unset
}

const unset: Variable = { value: '', isSet: false }

/** Sets a variable. */
function assign(shell: Shell, name: string, value: Value): void {
  const { state } = shell
  spend(shell, 1 + ((value?.length ?? 0) >> 10))
  state.variables.set(name, { value, isSet: true })
}

function assignAll(shell: Shell, assignments: readonly Assignment[]): void {
  for (const { name, appends, value } of assignments) {
    const text = expandOne(value.parts, shell.environment)
    const before = appends ? variableOf(shell, name).value : ''
    assign(shell, name, before === undefined || text === undefined ? undefined : before + text)
  }
}

/** Location of a command, for people. */
function causeOf({ from }: Shell, at: number, command: string): Cause {
  return { package: from.package, command, isGenerated: from.isGenerated(at) }
}

function simple(shell: Shell, command: SimpleCommand): Flow {
  const { state } = shell
  if (command.words.length === 0) state.status = 0
  const cause = causeOf(shell, command.at, command.source)
  const expanded = expandWords(command.words, shell.environment)
  const [name, ...words] = expanded
  const isEmpty = expanded.length === 0
  if (isEmpty) assignAll(shell, command.assignments)
  const flow = redirected(shell, command.redirections, cause, () => {
    if (isEmpty) return 'next'
    return withVariables(shell, command.assignments, () =>
      called(shell, { name: name ?? '', words, cause }, name !== undefined),
    )
  })
  return flow === 'next' ? checked(shell) : flow
}

/** `set -e`: a branch on which a command fails ends, if there is another branch. */
function checked(shell: Shell): Flow {
  return shell.state.exitsOnError && isFailure(shell, shell.state.status) ? 'dead' : 'next'
}

/** Tells whether an exit with this status cannot happen in a successful installation. */
export function isFailure({ forks, subshells }: Shell, status: number | undefined): boolean {
  return forks > 0 && subshells === 0 && status !== undefined && status !== 0
}

function withVariables(shell: Shell, assignments: readonly Assignment[], run: () => Flow): Flow {
  if (assignments.length === 0) return run()
  const before = assignments.map(({ name }) => [name, shell.state.variables.get(name)] as const)
  assignAll(shell, assignments)
  const flow = run()
  for (const [name, variable] of before) put(shell.state.variables, name, variable)
  return flow
}

function put(variables: Map<string, Variable>, name: string, variable: Variable | undefined): void {
  if (variable === undefined) variables.delete(name)
  else variables.set(name, variable)
}

function called(shell: Shell, call: Call, isKnown: boolean): Flow {
  const { state, programs } = shell
  if (!isKnown) {
    note(state.notes, call.cause, 'the command is unknown')
    return finish(shell, { status: undefined, output: undefined })
  }
  const own = programs.run(call, shell)
  if (own !== undefined) return finish(shell, own)
  const body = state.functions.get(call.name)
  if (body !== undefined && shell.calls < deepestCalls) return callFunction(shell, body, call.words)
  return finish(
    shell,
    state.functions.has(call.name) ? { status: undefined, output: undefined } : programs.otherwise(call, shell),
  )
}

function finish(shell: Shell, result: Done): Flow {
  shell.state.status = result.status
  print(shell, 'output' in result ? result.output : '')
  return result.flow ?? 'next'
}

/** Calls a function with its own parameters. */
function callFunction(shell: Shell, body: Command, words: readonly Value[]): Flow {
  const { state } = shell
  const before = state.positional
  state.positional = words
  state.locals = [...state.locals, new Map()]
  shell.calls++
  const flow = catching(shell, ['return'], () => evaluate(shell, body))
  shell.calls--
  for (const [name, variable] of state.locals.at(-1) ?? []) put(state.variables, name, variable)
  state.locals = state.locals.slice(0, -1)
  state.positional = before
  return flow
}

/** `local name`: restores its value when the function ends. */
export function makeLocal({ state }: Shell, name: string): void {
  const own = state.locals.at(-1)
  if (own !== undefined && !own.has(name)) own.set(name, state.variables.get(name))
}

/** Follows a command whose input and output are redirected. */
function redirected(shell: Shell, redirections: readonly Redirection[], cause: Cause, run: () => Flow): Flow {
  if (redirections.length === 0) return run()
  const { state, programs, environment } = shell
  const input = state.input
  let to: { readonly name: string; readonly appends: boolean } | undefined
  let isDropped = false
  for (const { descriptor, operator, target, document } of redirections) {
    const name = expandOne(target.parts, environment)
    if (document !== undefined) state.input = expandOne(document.parts, environment)
    else if (operator === '<<<') state.input = name === undefined ? undefined : `${name}\n`
    else if (operator === '<') state.input = name === undefined ? undefined : programs.read(name, shell)
    else if (operator === '<&' || operator === '<>') continue
    else if (descriptor !== undefined && descriptor !== 1) {
      // Only commands that are not followed print there.
      if (operator !== '>&' && name !== undefined && name !== '/dev/null')
        programs.write({ name, appends: operator.includes('>>'), text: undefined }, shell, cause)
    } else if (operator === '>&') isDropped = name !== '1'
    else {
      isDropped = name === '/dev/null'
      to = isDropped || name === undefined ? undefined : { name, appends: operator.includes('>>') }
      if (name === undefined) {
        isDropped = true
        note(state.notes, cause, 'the file it writes is unknown')
      }
    }
  }
  if (to === undefined && !isDropped) return withInput(shell, input, run())
  const result: { flow: Flow } = { flow: 'next' }
  const text = printed(shell, () => {
    result.flow = run()
  })
  if (to !== undefined && result.flow !== 'dead') programs.write({ ...to, text }, shell, cause)
  return withInput(shell, input, result.flow)
}

function withInput({ state }: Shell, input: Value, flow: Flow): Flow {
  state.input = input
  return flow
}
