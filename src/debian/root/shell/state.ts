/** All that a running script would have in its hands, to be copied where nothing tells which way it goes, and brought together after. */

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
  /** Values of variables that the functions in progress have made their own, to be put back. */
  locals: readonly Map<string, Variable | undefined>[]
  facts: Map<string, Held>
  notes: Map<string, PackageNote>
  /** Of the last command; undefined: unknown. */
  status: number | undefined
  output: Value
  input: Value
  /** `set -e`. */
  exitsOnError: boolean
  umask: number
}

/** The state in which a script begins. */
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

/** A copy that can go its own way. */
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

/** How much a copy takes, in steps. */
export function weight({ variables, functions, facts, notes }: State): number {
  return 1 + ((variables.size + functions.size + facts.size + notes.size) >> 5)
}

/** Puts another state in the place of this one. */
export function adopt(state: State, other: State): void {
  Object.assign(state, other)
}

/** The state after a script went one of two ways from `base`: what both agree on; the rest is unknown, and facts have no effect. */
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
      if (isWorthNoting(key)) note(notes, changed.cause, 'nothing tells whether this runs')
    }
  }
  return { facts, notes }
}

// What is in a temporary folder goes again, and answers are only ever asked for.
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
