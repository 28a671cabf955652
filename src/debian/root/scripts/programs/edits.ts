/** sed(1), find(1), xargs(1) and tee(1), in their simple forms. */
import { contentOf } from '../../../../base/bytes.ts'
import type { NodeEntry } from '../../../../tree/entry.ts'
import { baseName, show } from '../../../../tree/path.ts'
import { matches } from '../../shell/pattern.ts'
import { allBelow, look, namesIn, put, textOf, unsettle, write } from '../disk.ts'
import type { Program, ProgramCall } from '../system.ts'
import { translated } from './expressions.ts'
import { split } from './options.ts'
import { givesUp } from './results.ts'

const sed: Program = (call) => {
  const { options, operands } = split(
    call.words.map((word) => (word !== undefined && /^-i./.test(word) ? '-i' : word)),
    'nrEise:f:zu',
    ['expression', 'file'],
  )
  const given = call.words.flatMap((word, at) => (word === '-e' || word === '--expression' ? [call.words[at + 1]] : []))
  const isAttached = call.words.some((word) => word !== undefined && /^(-e.|--expression=)/.test(word))
  const expressions = given.length > 0 ? given : operands.slice(0, 1)
  const names = given.length > 0 || isAttached ? operands : operands.slice(1)
  const expression = expressions.includes(undefined) || isAttached ? undefined : expressions.join('\n')
  const flags = { isExtended: options.has('r') || options.has('E'), isQuiet: options.has('n') }
  const edit = expression === undefined || options.has('f') ? undefined : editOf(expression, flags)
  if (options.has('i') || options.has('in-place')) return inPlace(call, names, edit)
  const text =
    names.length === 0
      ? call.shell.state.input
      : names.length === 1 && names[0] !== undefined
        ? textOf(call, names[0])
        : undefined
  return {
    status: names.some((name) => name !== undefined && look(call, name).kind === 'absent') ? 2 : 0,
    output: text === undefined ? undefined : edit?.(text),
  }
}

function inPlace(
  call: ProgramCall,
  names: readonly (string | undefined)[],
  edit: ((text: string) => string | undefined) | undefined,
): ReturnType<Program> {
  for (const name of names) {
    const at = name === undefined ? undefined : look(call, name)
    if (at === undefined || at.kind === 'undecided') return givesUp(call, 'the files it edits are unknown')
    if (at.kind === 'absent' || at.entry.kind !== 'file') continue
    const before = textOf(call, name ?? '')
    const after = before === undefined ? undefined : edit?.(before)
    if (after === undefined) unsettle(call, at.at, call.cause, 'the files it edits are unknown')
    else if (after !== before) put(call, { ...at.entry, content: contentOf(after) }, call.cause)
  }
  return { status: 0 }
}

const substitution = /^s([^\w\s\\])((?:\\.|(?!\1)[^\\\n])*)\1((?:\\[\s\S]|(?!\1)[^\\])*)\1([gi]*)$/

/** Applies an expression to a text: substitutions, and deletions by an expression. */
function editOf(
  expression: string,
  { isExtended, isQuiet }: { readonly isExtended: boolean; readonly isQuiet: boolean },
): ((text: string) => string | undefined) | undefined {
  if (isQuiet || expression.length > 2000) return undefined
  const commands = expression
    .split(/;\s*(?=s[^\w\s\\]|\/)|\n/)
    .map((each) => each.trim().replace(/;$/, ''))
    .filter((each) => each !== '')
  const edits = commands.map((command) => lineEdit(command, isExtended))
  if (edits.includes(undefined)) return undefined
  return (text) => {
    const lines = text.replace(/\n$/, '').split('\n')
    if (text === '') return ''
    if (lines.length > 5000 || lines.some((line) => line.length > 400)) return undefined
    const kept = lines.flatMap((line) =>
      edits.reduce<readonly string[]>((all, edit) => all.flatMap((each) => edit?.(each) ?? []), [line]),
    )
    return kept.map((line) => `${line}\n`).join('')
  }
}

function lineEdit(command: string, isExtended: boolean): ((line: string) => readonly string[]) | undefined {
  const [, deleted] = /^\/((?:\\.|[^/\\])*)\/\s*d$/.exec(command) ?? []
  if (deleted !== undefined) {
    const pattern = asPattern(deleted.replace(/\\\//g, '/'), isExtended, '')
    return pattern === undefined ? undefined : (line) => (pattern.test(line) ? [] : [line])
  }
  const [whole, mark = '', from = '', to = '', flags = ''] = substitution.exec(command) ?? []
  if (whole === undefined || /\\[^\\/&1-9n|#,.@:%~!-]/.test(to)) return undefined
  const pattern = asPattern(from.replaceAll(`\\${mark}`, mark), isExtended, flags)
  const replacement = to
    .replaceAll(`\\${mark}`, mark)
    .replace(/\$/g, '$$$$')
    .replace(/\\(.)|&/g, (part, letter: string | undefined) =>
      part === '&' ? '$&' : letter === 'n' ? '\n' : /[1-9]/.test(letter ?? '') ? `$${letter}` : (letter ?? ''),
    )
  return pattern === undefined ? undefined : (line) => line.replace(pattern, replacement).split('\n')
}

function asPattern(text: string, isExtended: boolean, flags: string): RegExp | undefined {
  const source = translated(text, isExtended)
  if (source === undefined) return undefined
  try {
    return new RegExp(source, flags)
  } catch {
    return undefined
  }
}

const tee: Program = (call) => {
  const { options, operands } = split(call.words, 'ai')
  const text = call.shell.state.input
  for (const name of operands) {
    if (name === undefined) return givesUp(call, 'the file it writes is unknown')
    if (name !== '/dev/null')
      write(call, { name, text, appends: options.has('a') || options.has('append') }, call.cause)
  }
  return { status: 0, output: text }
}

/** Results of a find(1), and the action on them. */
interface Search {
  readonly tests: readonly ((entry: NodeEntry, depth: number) => boolean)[]
  readonly action: { readonly words: readonly (string | undefined)[]; readonly isOnce: boolean } | 'print' | 'delete'
}

const find: Program = (call) => {
  const first = call.words.findIndex((word) => word?.startsWith('-') === true || word === '!' || word === '(')
  const starts = first < 0 ? call.words : call.words.slice(0, first)
  const search = searchOf(call, first < 0 ? [] : call.words.slice(first))
  if (search === undefined || starts.includes(undefined))
    return changes(call.words) ? givesUp(call, 'its effect is unknown') : { status: 0, output: undefined }
  const found: string[] = []
  for (const start of starts) {
    const at = look(call, start ?? '', false)
    if (at.kind === 'absent') continue
    const below = at.kind === 'undecided' ? undefined : at.entry.kind === 'directory' ? allBelow(call, at.at) : []
    if (at.kind === 'undecided' || below === undefined)
      return changes(call.words) ? givesUp(call, 'the files there are unknown') : { status: 0, output: undefined }
    for (const entry of [at.entry, ...below]) {
      const depth = entry.path === at.at ? 0 : entry.path.slice(at.at.length + 1).split('/').length
      if (search.tests.every((test) => test(entry, depth))) found.push(`/${show(entry.path)}`)
    }
  }
  return acted(call, search.action, found)
}

function changes(words: readonly (string | undefined)[]): boolean {
  return words.includes('-exec') || words.includes('-delete')
}

const types: Readonly<Record<string, string>> = { f: 'file', d: 'directory', l: 'symlink' }

function searchOf(call: ProgramCall, words: readonly (string | undefined)[]): Search | undefined {
  const tests: Search['tests'][number][] = []
  let action: Search['action'] = 'print'
  let isNegated = false
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (word === '!' || word === '-not') {
      isNegated = !isNegated
      continue
    }
    if (
      word === '-print' ||
      word === '-print0' ||
      word === '-xdev' ||
      word === '-mount' ||
      word === '-depth' ||
      word === '-a'
    )
      continue
    if (word === '-delete') action = 'delete'
    else if (word === '-empty') {
      const wanted = !isNegated
      tests.push((entry) => isEmpty(call, entry) === wanted)
    } else if (word === '-exec') {
      const end = words.findIndex((each, index) => index > at && (each === ';' || each === '+'))
      if (end < 0) return undefined
      action = { words: words.slice(at + 1, end), isOnce: words[end] === '+' }
      at = end
    } else {
      const test = testOf(word, words[++at])
      if (test === undefined) return undefined
      const wanted = !isNegated
      tests.push((entry, depth) => test(entry, depth) === wanted)
    }
    isNegated = false
  }
  return { tests, action }
}

function isEmpty(call: ProgramCall, entry: NodeEntry): boolean {
  return entry.kind === 'directory'
    ? namesIn(call, entry.path)?.length === 0
    : entry.kind === 'file' && entry.content.size === 0
}

function testOf(name: string | undefined, value: string | undefined): Search['tests'][number] | undefined {
  if (value === undefined) return undefined
  switch (name) {
    case '-type':
      return types[value] === undefined ? undefined : (entry) => entry.kind === types[value]
    case '-name':
      return (entry) => matches(value, baseName(entry.path))
    case '-path':
    case '-wholename':
      return (entry) => matches(value, `/${show(entry.path)}`)
    case '-maxdepth':
      return (_entry, depth) => depth <= Number(value)
    case '-mindepth':
      return (_entry, depth) => depth >= Number(value)
    case '-user':
      return (entry) => entry.metadata.uname === value
    case '-group':
      return (entry) => entry.metadata.gname === value
    case '-perm':
      return /^[0-7]+$/.test(value) ? (entry) => entry.metadata.mode === Number.parseInt(value, 8) : undefined
    default:
      return undefined
  }
}

function acted(call: ProgramCall, action: Search['action'], found: readonly string[]): ReturnType<Program> {
  if (action === 'print') return { status: 0, output: found.map((name) => `${name}\n`).join('') }
  if (action === 'delete') return runOn(call, ['rm', '-rf'], found)
  if (action.isOnce) return runOn(call, action.words.slice(0, -1), found)
  for (const name of found)
    runOn(
      call,
      action.words.map((word) => (word === '{}' ? name : word)),
      [],
    )
  return { status: 0 }
}

function runOn(
  call: ProgramCall,
  words: readonly (string | undefined)[],
  names: readonly string[],
): ReturnType<Program> {
  const [name, ...rest] = words
  if (name === undefined) return givesUp(call, 'the command is unknown')
  const inner = { name, words: [...rest, ...names], cause: call.cause }
  if (names.length === 0 && !words.some((word) => word?.startsWith('/') === true)) return { status: 0 }
  return call.shell.programs.run(inner, call.shell) ?? call.shell.programs.otherwise(inner, call.shell)
}

const xargs: Program = (call) => {
  const first = call.words.findIndex((word) => word?.startsWith('-') !== true)
  const { input } = call.shell.state
  const options = first < 0 ? call.words : call.words.slice(0, first)
  if (
    input === undefined ||
    options.some((word) => word === undefined || !/^-(0|r|0r|r0|-null|-no-run-if-empty)$/.test(word))
  )
    return { ...givesUp(call, 'the files there are unknown'), output: undefined }
  const names = input.split(/\s+/).filter((name) => name !== '')
  return names.length === 0 ? { status: 0 } : runOn(call, call.words.slice(first), names)
}

/** The programs by name. */
export const editPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['sed', sed],
  ['tee', tee],
  ['find', find],
  ['xargs', xargs],
])
