/** Programs that print or filter text, as far as their output is known. */
import { unknownPart } from '../../shell/expand.ts'
import { look, namesIn, textOf } from '../disk.ts'
import type { Program, ProgramCall } from '../system.ts'
import { compiled } from './expressions.ts'
import { split } from './options.ts'

const echo: Program = ({ words }) => {
  const bare =
    words[0] === '-n' || words[0] === '-ne' || words[0] === '-en' || words[0] === '-e' ? words.slice(1) : words
  const text = bare.includes(undefined) ? undefined : bare.join(' ')
  const end = words[0]?.startsWith('-') === true && words[0].includes('n') ? '' : '\n'
  // dash's echo interprets escapes.
  return { status: 0, output: text === undefined ? undefined : escaped(text) + end }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '0': '\0', '"': '"' }

function escaped(text: string): string {
  return text.replace(/\\([0-7]{1,3}|[ntr\\])/g, (_whole, letter: string) =>
    /\d/.test(letter) ? String.fromCharCode(Number.parseInt(letter, 8) & 0xff) : (escapes[letter] ?? letter),
  )
}

const printf: Program = ({ words }) => {
  const [format, ...values] = words[0] === '--' ? words.slice(1) : words
  if (format === undefined || values.includes(undefined)) return { status: 0, output: undefined }
  const open = values.flatMap((value) => value ?? [])
  if (/%(?![sd])/.test(format.replaceAll('%%', ''))) return { status: 0, output: undefined }
  let text = ''
  do {
    text += escaped(format).replace(/%([sd%])/g, (_whole, letter: string) =>
      letter === '%' ? '%' : (open.shift() ?? ''),
    )
  } while (open.length > 0 && /%[sd]/.test(format) && text.length < 65_536)
  return { status: 0, output: text }
}

/** Input of a program: its files, or its standard input. */
function inputOf(
  call: ProgramCall,
  names: readonly (string | undefined)[],
): { readonly text: string | undefined; readonly isThere: boolean | undefined } {
  if (names.length === 0) return { text: call.shell.state.input, isThere: true }
  let text: string | undefined = ''
  let isThere: boolean | undefined = true
  for (const name of names) {
    if (name === '-') {
      text = text === undefined || call.shell.state.input === undefined ? undefined : text + call.shell.state.input
      continue
    }
    const at = name === undefined ? undefined : look(call, name)
    if (at?.kind === 'absent') isThere = false
    else {
      const own = at?.kind === 'entry' && name !== undefined ? textOf(call, name) : undefined
      if (own === undefined) isThere = at?.kind === 'entry' ? isThere : undefined
      text = text === undefined || own === undefined ? undefined : text + own
    }
  }
  return { text, isThere }
}

const cat: Program = (call) => {
  const { text, isThere } = inputOf(call, split(call.words, 'AbEnstTuv').operands)
  return { status: isThere === undefined ? undefined : isThere ? 0 : 1, output: text }
}

const grep: Program = (call) => {
  const { options, operands } = split(call.words, 'EFGivqsnclrRwxhHoe:f:m:A:B:C:', ['regexp', 'file', 'max-count'])
  const given = options.get('e') ?? options.get('regexp')
  const [pattern, ...names] = given === undefined && !options.has('e') ? operands : [given, ...operands]
  const { text, isThere } = inputOf(call, names)
  const flags = {
    isFixed: options.has('F') || call.name === 'fgrep',
    isExtended: options.has('E') || call.name === 'egrep',
  }
  if (isThere === false && names.length === 1) return { status: 2, output: '' }
  const expression =
    pattern === undefined || options.has('f') || options.has('r') || options.has('R')
      ? undefined
      : compiled(pattern, {
          ...flags,
          ignoresCase: options.has('i'),
          isWord: options.has('w'),
          isLine: options.has('x'),
        })
  const lines = linesOf(text)
  if (text === '') return { status: 1, output: '' }
  if (expression === undefined || lines === undefined)
    return { status: undefined, output: options.has('q') ? '' : undefined }
  const found = lines.filter((line) => expression(line) !== options.has('v'))
  const isPlain = !['o', 'n', 'c', 'l', 'H', 'A', 'B', 'C', 'm'].some((name) => options.has(name)) && names.length <= 1
  const output = options.has('q') ? '' : isPlain ? found.map((line) => `${line}\n`).join('') : undefined
  return { status: found.length > 0 ? 0 : 1, output }
}

function linesOf(text: string | undefined): readonly string[] | undefined {
  const lines = text?.replace(/\n$/, '').split('\n')
  return lines?.some((line) => line.length > 400) === true ? undefined : lines
}

const cut: Program = (call) => {
  const { options, operands } = split(call.words, 'sd:f:c:b:', ['delimiter', 'fields'])
  const columns = options.get('b') ?? options.get('c')
  if (columns !== undefined) return { status: 0, output: cutColumns(inputOf(call, operands).text, columns) }
  const delimiter = options.get('d') ?? options.get('delimiter') ?? '\t'
  const field = Number(options.get('f') ?? options.get('fields'))
  const { text } = inputOf(call, operands)
  const lines = linesOf(text)
  if (lines === undefined || !Number.isInteger(field) || delimiter === '') return { status: 0, output: undefined }
  if (text === '') return { status: 0, output: '' }
  return {
    status: 0,
    output: lines
      .map((line) => `${line.includes(delimiter) ? (line.split(delimiter)[field - 1] ?? '') : line}\n`)
      .join(''),
  }
}

/** `N`, `N-M`, `N-` or `-M`, from 1. */
function cutColumns(text: string | undefined, columns: string): string | undefined {
  const [whole, first = '', dash, last = ''] = /^(\d*)(-?)(\d*)$/.exec(columns) ?? []
  if (text === undefined || whole === undefined || whole === '-' || whole === '') return undefined
  const start = first === '' ? 0 : Number(first) - 1
  const end = dash === '' ? start + 1 : last === '' ? undefined : Number(last)
  return text.replace(/.+/g, (line) => line.slice(start, end))
}

/** `stat -c FORMAT FILE` for owners and permissions. */
const stat: Program = (call) => {
  const { options, operands } = split(call.words, 'Lc:ft', ['format', 'printf'])
  const [name] = operands
  const at = name === undefined ? undefined : look(call, name, options.has('L'))
  const form = options.get('c') ?? options.get('format')
  if (at?.kind === 'absent') return { status: 1 }
  if (at?.kind !== 'entry' || form === undefined) return { status: undefined, output: undefined }
  const { mode, uname, gname } = at.entry.metadata
  const gid = call.system.accounts.groups.find((each) => each.name === gname)?.gid
  const known: Readonly<Record<string, string | undefined>> = {
    U: uname,
    G: gname,
    a: mode.toString(8),
    g: gid?.toString(),
  }
  const text = form.replace(/%(.)/g, (_whole, letter: string) => known[letter] ?? unknownPart)
  return { status: 0, output: `${text}\n` }
}

const head: Program = (call) => {
  const { options, operands } = split(call.words, 'n:c:q123456789', ['lines'])
  const count = Number(
    options.get('n') ?? options.get('lines') ?? [...options.keys()].find((name) => /^\d$/.test(name)) ?? 10,
  )
  const { text } = inputOf(call, operands)
  if (text === undefined || !(count >= 0) || options.has('c')) return { status: 0, output: undefined }
  const lines = text.split('\n')
  const kept = call.name === 'tail' ? lines.slice(Math.max(0, lines.length - 1 - count)) : lines.slice(0, count)
  return { status: 0, output: call.name === 'tail' || lines.length <= count ? kept.join('\n') : `${kept.join('\n')}\n` }
}

const sort: Program = (call) => {
  const { options, operands } = split(call.words, 'unrk:t:o:', ['unique'])
  const { text } = inputOf(call, operands)
  if (text === undefined || [...options.keys()].some((name) => name !== 'u' && name !== 'unique'))
    return { status: 0, output: undefined }
  const lines = text.split('\n').slice(0, -1).sort()
  return { status: 0, output: (options.size > 0 ? [...new Set(lines)] : lines).map((line) => `${line}\n`).join('') }
}

const tr: Program = (call) => {
  const { text } = inputOf(call, [])
  const [from, to] = call.words
  if (text === undefined || from === undefined) return { status: 0, output: undefined }
  if (from === '-d' && to?.length === 1) return { status: 0, output: text.replaceAll(to, '') }
  const ranges: Readonly<Record<string, (text: string) => string>> = {
    'A-Z a-z': (all) => all.toLowerCase(),
    '[A-Z] [a-z]': (all) => all.toLowerCase(),
    '[:upper:] [:lower:]': (all) => all.toLowerCase(),
    'a-z A-Z': (all) => all.toUpperCase(),
    '[a-z] [A-Z]': (all) => all.toUpperCase(),
    '[:lower:] [:upper:]': (all) => all.toUpperCase(),
  }
  const range = ranges[`${from} ${to}`]
  if (range !== undefined) return { status: 0, output: range(text) }
  const isPlain = from.length === 1 && to?.length === 1 && call.words.length === 2
  return { status: 0, output: isPlain ? text.replaceAll(from, to) : undefined }
}

const basename: Program = ({ words }) => {
  const [name, suffix = ''] = words
  if (name === undefined || words.length > 2) return { status: 0, output: undefined }
  const base = name.replace(/\/+$/, '').replace(/.*\//, '')
  return {
    status: 0,
    output: `${suffix !== '' && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base}\n`,
  }
}

const dirname: Program = ({ words }) => {
  const [name] = words
  if (name === undefined || words.length > 1) return { status: 0, output: undefined }
  const above = name.replace(/\/+$/, '').replace(/\/*[^/]*$/, '')
  return { status: 0, output: `${above === '' ? (name.startsWith('/') ? '/' : '.') : above}\n` }
}

const readlink: Program = (call) => {
  const { options, operands } = split(call.words, 'femnqsvz')
  const [name] = operands
  const follows = call.name.endsWith('realpath') || ['f', 'e', 'm', 'canonicalize'].some((each) => options.has(each))
  const at = name === undefined ? undefined : look(call, name, follows)
  if (at === undefined || at.kind === 'undecided') return { status: undefined, output: undefined }
  if (follows) return { status: 0, output: `/${at.at}\n` }
  const isLink = at.kind === 'entry' && at.entry.kind === 'symlink'
  return isLink ? { status: 0, output: `${at.entry.target}\n` } : { status: 1 }
}

const seq: Program = ({ words }) => {
  const numbers = words.map(Number)
  const [first = 1, last = 0] = numbers.length === 1 ? [1, numbers[0]] : numbers
  if (numbers.length > 2 || !numbers.every((each) => Number.isInteger(each)) || last - first > 1000)
    return { status: 0, output: undefined }
  return {
    status: 0,
    output: Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => `${first + index}\n`).join(''),
  }
}

const wc: Program = (call) => {
  const { options, operands } = split(call.words, 'clmwL')
  const { text } = inputOf(call, operands)
  const counts = options.size === 1 && options.has('l') && operands.length === 0 && text !== undefined
  return { status: 0, output: counts ? `${text.split('\n').length - 1}\n` : undefined }
}

const machines: ReadonlyMap<string, string> = new Map([
  ['amd64', 'x86_64'],
  ['arm64', 'aarch64'],
  ['i386', 'i686'],
  ['riscv64', 'riscv64'],
  ['s390x', 's390x'],
  ['ppc64el', 'ppc64le'],
])

const uname: Program = ({ words, system }) => {
  const [asked = '-s'] = words
  if (asked === '-s') return { status: 0, output: 'Linux\n' }
  const machine = asked === '-m' ? machines.get(system.architecture) : undefined
  return { status: 0, output: machine === undefined ? undefined : `${machine}\n` }
}

/** Lists the programs of a directory; runs none, so it is followed only if there are none (run-parts(8)). */
const runParts: Program = (call) => {
  const { options, operands } = split(call.words, 'va:u:', ['arg', 'umask', 'regex'])
  const at = operands[0] === undefined ? undefined : look(call, operands[0])
  if (at === undefined || at.kind === 'undecided') return undefined
  if (at.kind === 'absent') return { status: 1 }
  const names = namesIn(call, at.at)?.filter((name) => /^[\w-]+$/.test(name))
  if (names === undefined || options.has('regex')) return undefined
  if (names.length > 0 && !options.has('list') && !options.has('test')) return undefined
  return { status: 0, output: names.map((name) => `${operands[0]?.replace(/\/+$/, '')}/${name}\n`).join('') }
}

/** Only checks whether Perl exists; programs in Perl are not followed. */
const perl: Program = ({ words: [option, program, ...more] }) =>
  option === '-e' && program === '' && more.length === 0 ? { status: 0 } : undefined

/** The programs by name. */
export const textPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['echo', echo],
  ['printf', printf],
  ['cat', cat],
  ['grep', grep],
  ['egrep', grep],
  ['fgrep', grep],
  ['cut', cut],
  ['stat', stat],
  ['head', head],
  ['tail', head],
  ['sort', sort],
  ['tr', tr],
  ['basename', basename],
  ['dirname', dirname],
  ['readlink', readlink],
  ['realpath', readlink],
  ['dpkg-realpath', readlink],
  ['seq', seq],
  ['wc', wc],
  ['uname', uname],
  ['perl', perl],
  ['run-parts', runParts],
])
