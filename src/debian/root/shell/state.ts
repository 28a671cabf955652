/** Complete state of a running script, copied at an undecided branch and merged afterwards. */

import type { PackageNote } from '../input.ts'
import type { Value, Variable } from './expand.ts'
import { type Held, sameFact } from './facts.ts'
import type { Command } from './syntax.ts'

/** See above; changed in place. */
export interface State {
  variables: Map<string, Variable>
  functions: Map<string, Command | undefined>
  /** undefined: their number is unknown. */
  positional: readonly Value[] | undefined
  /** Saved values of variables that active functions have declared local, to be restored. */
  locals: readonly Map<string, Variable | undefined>[]
  facts: Map<string, Held>
  notes: Map<string, PackageNote>
  /** Status of the last command; undefined: unknown. */
  status: number | undefined
  output: Value
  input: Value
  /** `set -e`. */
  exitsOnError: boolean
  umask: number
}

/** State in which a script starts. */
export function firstState(positional: readonly string[], variables: State['variables']): State {
  return {
    variables,
    functions: new Map(),
    positional,
    locals: [],
    facts: new Map(),
    notes: new Map(),
    status: 0,
    output: '',
    input: '',
    exitsOnError: false,
    umask: 0o022,
  }
}

/** An independent copy. */
export function forked(state: State): State {
  return {
    ...state,
    variables: new Map(state.variables),
    functions: new Map(state.functions),
    locals: state.locals.map((each) => new Map(each)),
    facts: new Map(state.facts),
    notes: new Map(state.notes),
  }
}

/** Cost of a copy, in steps. */
export function weight({ variables, functions, facts, notes }: State): number {
  return 1 + ((variables.size + functions.size + facts.size + notes.size) >> 5)
}

/** Replaces this state by another. */
export function adopt(state: State, other: State): void {
  Object.assign(state, other)
}

/** State after a script went one of two branches from `base`: what both agree on; everything else is unknown, and facts have no effect. */
export function merged(base: State, a: State, b: State): State {
  return {
    variables: mergedMaps(a.variables, b.variables, sameVariable, unknownVariable),
    functions: mergedMaps(
      a.functions,
      b.functions,
      (one, other) => one === other,
      () => undefined,
    ),
    positional: samePositional(a.positional, b.positional) ? a.positional : undefined,
    locals: a.locals,
    ...mergedFacts(base, a, b),
    status: a.status === b.status ? a.status : undefined,
    output: a.output === b.output ? a.output : undefined,
    input: a.input === b.input ? a.input : undefined,
    exitsOnError: a.exitsOnError && b.exitsOnError,
    umask: a.umask,
  }
}

function mergedMaps<T>(
  a: ReadonlyMap<string, T>,
  b: ReadonlyMap<string, T>,
  same: (a: T | undefined, b: T | undefined) => boolean,
  unknown: (a: T | undefined, b: T | undefined) => T,
): Map<string, T> {
  const all = new Map(a)
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [one, other] = [a.get(key), b.get(key)]
    if (!same(one, other)) all.set(key, unknown(one, other))
  }
  return all
}

function sameVariable(a: Variable | undefined, b: Variable | undefined): boolean {
  return (
    a === b ||
    (a !== undefined && b !== undefined && a.isSet === b.isSet && a.value === b.value && a.value !== undefined)
  )
}

function unknownVariable(a: Variable | undefined, b: Variable | undefined): Variable {
  return { value: undefined, isSet: a?.isSet === b?.isSet ? a?.isSet : undefined }
}

function samePositional(a: State['positional'], b: State['positional']): boolean {
  return (
    a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((each, at) => each === b[at]))
  )
}

function mergedFacts(base: State, a: State, b: State): Pick<State, 'facts' | 'notes'> {
  const facts = new Map(a.facts)
  const notes = new Map([...a.notes, ...b.notes])
  for (const key of new Set([...a.facts.keys(), ...b.facts.keys()])) {
    const [one, other, old] = [a.facts.get(key), b.facts.get(key), base.facts.get(key)]
    if (
      one !== undefined &&
      other !== undefined &&
      (one === other || (one.fact !== undefined && sameFact(one.fact, other.fact)))
    )
      continue
    for (const changed of [one, other]) {
      if (changed === undefined || changed === old) continue
      facts.set(key, { fact: undefined, before: old?.fact ?? old?.before, cause: changed.cause })
      if (isWorthNoting(key)) note(notes, changed.cause, 'may or may not run')
    }
  }
  return { facts, notes }
}

// Files in temporary directories disappear, and answers are only ever queried.
function isWorthNoting(key: string): boolean {
  return !/^answer |^file (tmp|run|dev|proc|sys|var\/tmp|var\/lib\/(ucf|dpkg)|var\/cache\/debconf)\//.test(key)
}

/** Adds a note, once for each command. */
export function note(
  notes: Map<string, PackageNote>,
  { package: from, command, isGenerated }: Held['cause'],
  reason: string,
): void {
  const key = `${from}\n${command}`
  if (!isGenerated && !notes.has(key)) notes.set(key, { package: from, command, reason })
}
