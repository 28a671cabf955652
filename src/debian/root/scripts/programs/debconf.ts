/**
 * debconf's commands (debconf-devel(7)) without a user: answers are defaults of the packages' templates, and values that config scripts
 * set.
 */
import { parseParagraphs } from '../../../../format/control.ts'
import type { Fact } from '../../shell/facts.ts'
import { heldAt, type Program, type ProgramCall } from '../system.ts'

/** Questions of a package with their defaults, from its templates file; undefined for a default that only running its scripts would show. */
export function questionsOf(templates: string): ReadonlyMap<string, string | undefined> {
  return new Map(
    parseParagraphs(templates).flatMap((fields) => {
      const name = fields.get('template')
      return name === undefined ? [] : [[name, defaultOf(fields)]]
    }),
  )
}

/** Without a default, debconf selects the first choice when it asks; and scripts replace variables. */
function defaultOf(fields: ReadonlyMap<string, string>): string | undefined {
  const given = fields.get('default')
  if (given === undefined) return fields.get('type') === 'select' ? undefined : ''
  return given.includes('${') ? undefined : given
}

/** Key of an answer. */
export function answerKey(question: string): string {
  return `answer ${question}`
}

const get: Program = (call) => {
  const [question] = call.words
  const held = question === undefined ? undefined : heldAt(call, answerKey(question))
  const isUnknown =
    question === undefined || (held === undefined ? call.system.files === undefined : held.fact === undefined)
  if (isUnknown) return replies(call, undefined, undefined)
  return held?.fact?.kind === 'answer'
    ? replies(call, held.fact.text, 0)
    : replies(call, `10 ${question} doesn't exist`, 10)
}

function replies({ shell }: ProgramCall, text: string | undefined, status: number | undefined): ReturnType<Program> {
  shell.environment.assign('RET', text)
  return { status }
}

const set: Program = ({ words, shell, cause }) => {
  const [question, ...values] = words
  if (question === undefined) return { status: 0 }
  const fact: Fact | undefined = values.includes(undefined) ? undefined : { kind: 'answer', text: values.join(' ') }
  shell.state.facts.set(answerKey(question), { fact, cause })
  return { status: 0 }
}

// A question that was never shown has not been seen (debconf-devel(7), "FGET").
const flag: Program = (call) => replies(call, call.words[1] === 'seen' ? 'false' : undefined, 0)

/** Skipped, since there is no user. */
const input: Program = (call) => replies(call, '30 question skipped', 30)

const registers: Program = (call) => {
  const [template, question] = call.words
  const held = template === undefined ? undefined : heldAt(call, answerKey(template))
  if (held !== undefined && question !== undefined) call.shell.state.facts.set(answerKey(question), held)
  return replies(call, '', 0)
}

const quiet: Program = (call) => replies(call, '', 0)

const commands: readonly (readonly [string, Program])[] = [
  ...['go', 'stop', 'title', 'settitle', 'subst', 'fset', 'beginblock', 'endblock', 'clear', 'unregister'].map(
    (name) => [name, quiet] as const,
  ),
  ...['purge', 'reset', 'info', 'progress', 'data', 'x_loadtemplatefile'].map((name) => [name, quiet] as const),
  ['version', (call) => replies(call, '2.0', 0)],
  ['capb', (call) => replies(call, 'multiselect escape', 0)],
  ['metaget', (call) => replies(call, undefined, undefined)],
  ['get', get],
  ['set', set],
  ['fget', flag],
  ['input', input],
  ['register', registers],
]

/** Commands as in confmodule: `db_get` and so on. */
export const debconfPrograms: ReadonlyMap<string, Program> = new Map(commands.map(([name, run]) => [`db_${name}`, run]))
