/** Builtins of the shell (XCU 2.14 and the utilities that it has built in). */
import { type Done, evaluate, isFailure, makeLocal, type Shell } from '../../shell/evaluate.ts'
import { parseScript } from '../../shell/parser.ts'
import { note } from '../../shell/state.ts'
import { look, textOf } from '../disk.ts'
import type { Program } from '../system.ts'
import { isCommand } from './presence.ts'
import { answers, givesUp } from './results.ts'

const leaves: (flow: 'exit' | 'return') => Program =
  (flow) =>
  ({ words, shell }) => {
    const { status } = shell.state
    const own = words.length === 0 ? status : number(words[0])
    if (flow === 'exit' && isFailure(shell, own)) return { status: own, flow: 'dead' }
    return { status: own, flow }
  }

function number(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,3}$/.test(word) ? Number(word) : undefined
}

const declares: (isLocal: boolean) => Program =
  (isLocal) =>
  ({ words, shell }) => {
    for (const word of words) {
      const [, name, value] = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/.exec(word ?? '') ?? []
      if (name === undefined) continue
      if (isLocal) makeLocal(shell, name)
      if (value !== undefined) shell.environment.assign(name, value)
      else if (isLocal) shell.state.variables.set(name, { value: '', isSet: false })
    }
    return { status: 0 }
  }

const set: Program = ({ words, shell: { state } }) => {
  for (const [index, word] of words.entries()) {
    if (word === undefined) {
      state.positional = undefined
      return { status: 0 }
    }
    if (word === '--' || !/^[-+]/.test(word)) {
      const given = words.slice(word === '--' ? index + 1 : index)
      // What is unknown may be any number of words.
      state.positional = given.includes(undefined) ? undefined : given
      return { status: 0 }
    }
    if (/^[-+][a-z]*e/.test(word)) state.exitsOnError = word.startsWith('-')
    if (/^[-+]o$/.test(word) && words[index + 1] === 'errexit') state.exitsOnError = word === '-o'
    if (/^[-+]o$/.test(word)) return { status: 0 }
  }
  return { status: 0 }
}

const shift: Program = ({ words, shell: { state } }) => {
  const count = words.length === 0 ? 1 : number(words[0])
  if (count === undefined || state.positional === undefined) state.positional = undefined
  else if (count > state.positional.length) return { status: 1 }
  else state.positional = state.positional.slice(count)
  return { status: 0 }
}

const unset: Program = ({ words, shell: { state } }) => {
  for (const word of words) {
    if (word === undefined || word.startsWith('-')) continue
    if (words[0] === '-f') state.functions.delete(word)
    else state.variables.delete(word)
  }
  return { status: 0 }
}

// Shell libraries whose functions are programs here.
const libraries =
  /^\/usr\/share\/(debconf\/confmodule(\.sh)?|apache2\/apache2-maintscript-helper|php\/.*|dbconfig-common\/.*)$|^\/usr\/lib\/php\/php-(helper|maintscript-helper)$/

/** `.`: a file of the image as part of the script. */
const source: Program = (call) => {
  const { shell, system, words } = call
  const [name] = words
  if (name === undefined) return { status: undefined }
  if (libraries.test(name)) return { status: 0 }
  const at = look(call, name)
  if (at.kind === 'absent') return { status: system.files === undefined ? undefined : 1 }
  const text = at.kind === 'entry' ? textOf(call, name) : undefined
  const script = text === undefined ? undefined : parseScript(text)
  if (script === undefined) return { status: undefined }
  return within(shell, () => evaluate(shell, script))
}

function within(shell: Shell, run: () => NonNullable<Done['flow']>): Done {
  shell.calls++
  const flow = run()
  shell.calls--
  return { status: shell.state.status, flow: flow === 'return' ? 'next' : flow }
}

const evaluates: Program = ({ shell, words, cause }) => {
  const script = words.includes(undefined) ? undefined : parseScript(words.join(' '))
  if (script !== undefined) return within(shell, () => evaluate(shell, script))
  note(shell.state.notes, cause, 'the command is unknown')
  return { status: undefined }
}

/** `command -v NAME`, which(1), type: whether a program exists; `command NAME` runs it. */
const finds: Program = (call) => {
  const names = call.words.filter((word) => word === undefined || !word.startsWith('-'))
  const found = names.map((name) => (name === undefined ? undefined : isCommand(call, name)))
  const lines = found.map((each, index) =>
    each === true ? `${names[index]}\n` : each === false ? '' : each === undefined ? each : `${each}\n`,
  )
  const all = found.includes(false) ? false : found.includes(undefined) ? undefined : true
  return { ...answers(all), output: lines.includes(undefined) ? undefined : lines.join('') }
}

const umask: Program = ({ words, shell: { state } }) => {
  const [mask] = words
  if (mask !== undefined && /^[0-7]{1,4}$/.test(mask)) state.umask = Number.parseInt(mask, 8)
  return words.length === 0 ? { status: 0, output: state.umask.toString(8).padStart(4, '0') } : { status: 0 }
}

const cd: Program = (call) => {
  const [name] = call.words
  const at = name === undefined ? undefined : look(call, name)
  if (at === undefined || at.kind === 'undecided') {
    call.shell.environment.assign('PWD', undefined)
    return { status: undefined }
  }
  if (at.kind === 'absent' || at.entry.kind !== 'directory') return { status: 1 }
  call.shell.environment.assign('PWD', `/${at.at}`)
  return { status: 0 }
}

const pwd: Program = ({ shell }) => {
  const { value } = shell.environment.variable('PWD')
  return { status: 0, output: value === undefined ? undefined : `${value}\n` }
}

/** Reads a line of the input. */
const read: Program = ({ shell, words }) => {
  const { state } = shell
  const names = words.flatMap((word) => (word === undefined || word.startsWith('-') ? [] : [word]))
  if (state.input === undefined) {
    for (const name of names) shell.environment.assign(name, undefined)
    return { status: undefined }
  }
  if (state.input === '') {
    for (const name of names) shell.environment.assign(name, '')
    return { status: 1 }
  }
  const [line = '', ...rest] = state.input.split('\n')
  state.input = rest.join('\n')
  const separators = shell.environment.variable('IFS')
  if (separators.isSet !== false && separators.value !== ' \t\n') {
    for (const [index, name] of names.entries())
      shell.environment.assign(name, names.length === 1 && index === 0 ? line : undefined)
    return { status: 0 }
  }
  const fields = line.trim().split(/[ \t]+/)
  for (const [index, name] of names.entries())
    shell.environment.assign(name, index === names.length - 1 ? fields.slice(index).join(' ') : (fields[index] ?? ''))
  return { status: 0 }
}

const passes: (skip: number) => Program = (skip) => (call) => {
  const words = call.words.slice(skip)
  const [name, ...rest] = words
  if (name === undefined) return { status: words.length === 0 ? 0 : undefined }
  const inner = { name, words: rest, cause: call.cause }
  return call.shell.programs.run(inner, call.shell) ?? call.shell.programs.otherwise(inner, call.shell)
}

/** env(1): programs that scripts run read no variable that decides what they leave. */
const env: Program = (call) => {
  const first = call.words.findIndex((word) => word === undefined || !/^[A-Za-z_]\w*=/.test(word))
  const word = call.words[first]
  if (first < 0) return { status: 0, output: undefined }
  return word === undefined || word.startsWith('-') ? givesUp(call, 'its effect is unknown') : passes(first)(call)
}

const command: Program = (call) => {
  const [first] = call.words
  if (first === '-v' || first === '-V') return finds(call)
  return passes(first === '-p' ? 1 : 0)(call)
}

const exec: Program = (call) => {
  if (call.words.length === 0) return { status: 0 }
  const result = passes(0)(call)
  return { status: result?.status, flow: 'exit' }
}

/** The builtins by name. */
export const builtins: ReadonlyMap<string, Program> = new Map<string, Program>([
  [':', () => ({ status: 0 })],
  ['true', () => ({ status: 0 })],
  ['/bin/true', () => ({ status: 0 })],
  ['false', () => ({ status: 1 })],
  ['exit', leaves('exit')],
  ['return', leaves('return')],
  ['break', () => ({ status: 0, flow: 'break' })],
  ['continue', () => ({ status: 0, flow: 'continue' })],
  ['set', set],
  ['shift', shift],
  ['unset', unset],
  ['export', declares(false)],
  ['readonly', declares(false)],
  ['local', declares(true)],
  ['declare', declares(true)],
  ['typeset', declares(true)],
  ['.', source],
  ['source', source],
  ['eval', evaluates],
  ['command', command],
  ['exec', exec],
  ['builtin', passes(0)],
  ['env', env],
  ['nice', passes(0)],
  ['which', finds],
  ['type', finds],
  ['hash', finds],
  ['umask', umask],
  ['cd', cd],
  ['pwd', pwd],
  ['read', read],
])
