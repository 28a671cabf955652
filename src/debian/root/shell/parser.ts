/** Parses a script to a syntax tree, by recursive descent along the grammar of XCU 2.10. */
import { atEnd, lookingAt, nested, type Scan, skipBlanks, Unreadable } from './scan.ts'
import type { Arm, Assignment, Clause, Command, Redirection, SimpleCommand, Word } from './syntax.ts'
import { readDueDocuments, readWord } from './words.ts'

// No maintainer script is longer.
const longest = 1 << 20

/** Commands of a script; undefined if it is not a shell script. */
export function parseScript(text: string): Command | undefined {
  if (text.length > longest) return undefined
  const scan: Scan = { text, at: 0, due: [], depth: 0, commands: (inner, close) => list(inner, [], close) }
  try {
    const commands = list(scan, [], '')
    return atEnd(scan) ? commands : undefined
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}

/** Commands up to a reserved word, `close`, `;;` or the end; the terminator stays unread. */
function list(scan: Scan, ends: readonly string[], close: string): Command {
  const commands: Command[] = []
  for (;;) {
    skipSeparators(scan)
    if (atEnd(scan) || lookingAt(scan, ';;') || (close !== '' && lookingAt(scan, close))) break
    if (ends.includes(reservedWord(scan))) break
    commands.push(andOr(scan))
  }
  const [only, ...others] = commands
  return only !== undefined && others.length === 0 ? only : { kind: 'list', commands }
}

/** Skips line ends, `;` and `&`. */
function skipSeparators(scan: Scan): void {
  for (;;) {
    skipBlanks(scan)
    if (lookingAt(scan, '\n')) {
      scan.at++
      readDueDocuments(scan)
    } else if ((lookingAt(scan, ';') && !lookingAt(scan, ';;')) || (lookingAt(scan, '&') && !lookingAt(scan, '&&'))) {
      scan.at++
    } else return
  }
}

function skipLines(scan: Scan): void {
  for (skipBlanks(scan); lookingAt(scan, '\n'); skipBlanks(scan)) {
    scan.at++
    readDueDocuments(scan)
  }
}

function andOr(scan: Scan): Command {
  let left = pipeline(scan)
  for (;;) {
    skipBlanks(scan)
    const kind = lookingAt(scan, '&&') ? 'and' : lookingAt(scan, '||') ? 'or' : undefined
    if (kind === undefined) return left
    scan.at += 2
    skipLines(scan)
    left = { kind, left, right: pipeline(scan) }
  }
}

function pipeline(scan: Scan): Command {
  let negated = false
  for (skipBlanks(scan); reservedWord(scan) === '!'; skipBlanks(scan)) {
    scan.at++
    negated = !negated
  }
  const commands = [command(scan)]
  for (skipBlanks(scan); lookingAt(scan, '|') && !lookingAt(scan, '||'); skipBlanks(scan)) {
    scan.at += lookingAt(scan, '|&') ? 2 : 1
    skipLines(scan)
    commands.push(command(scan))
  }
  const [only, ...others] = commands
  return only !== undefined && others.length === 0 && !negated ? only : { kind: 'pipeline', commands, negated }
}

const compounds: ReadonlyMap<string, (scan: Scan) => Command> = new Map([
  ['if', ifCommand],
  ['for', forCommand],
  ['while', whileCommand],
  ['until', whileCommand],
  ['case', caseCommand],
  ['{', braceGroup],
  ['function', bashFunction],
])

function command(scan: Scan): Command {
  skipBlanks(scan)
  const word = reservedWord(scan)
  const compound = compounds.get(word)
  if (compound !== undefined) {
    if (word !== 'function') scan.at += word.length
    return nested(scan, () => redirected(scan, compound(scan)))
  }
  if (lookingAt(scan, '((')) return arithmeticCommand(scan)
  if (lookingAt(scan, '(')) return nested(scan, () => redirected(scan, subshell(scan)))
  return simpleCommand(scan)
}

/** Unquoted letters that form a whole word here; "" for other words. */
function reservedWord({ text, at }: Scan): string {
  reserved.lastIndex = at
  return reserved.exec(text)?.[1] ?? ''
}

const reserved = /([a-z]+|[{}!])(?=[\s;&|()<>]|$)/y

function expect(scan: Scan, word: string): void {
  skipSeparators(scan)
  if (reservedWord(scan) !== word) throw new Unreadable(`expected ${word}`)
  scan.at += word.length
}

function ifCommand(scan: Scan): Command {
  const clauses: Clause[] = []
  for (;;) {
    const condition = list(scan, ['then'], '')
    expect(scan, 'then')
    clauses.push({ condition, body: list(scan, ['elif', 'else', 'fi'], '') })
    if (reservedWord(scan) !== 'elif') break
    expect(scan, 'elif')
  }
  let otherwise: Command | undefined
  if (reservedWord(scan) === 'else') {
    expect(scan, 'else')
    otherwise = list(scan, ['fi'], '')
  }
  expect(scan, 'fi')
  return { kind: 'if', clauses, otherwise }
}

function forCommand(scan: Scan): Command {
  skipBlanks(scan)
  const at = scan.at
  if (lookingAt(scan, '((')) {
    arithmeticCommand(scan)
    doGroup(scan)
    return { kind: 'unknown', source: 'for ((…))', at }
  }
  const name = readWord(scan).source
  skipLines(scan)
  let words: Word[] | undefined
  if (reservedWord(scan) === 'in') {
    scan.at += 2
    words = []
    for (skipBlanks(scan); !atEnd(scan) && !/[\n;]/.test(scan.text.charAt(scan.at)); skipBlanks(scan))
      words.push(someWord(scan))
  }
  return { kind: 'for', name, words, body: doGroup(scan) }
}

function whileCommand(scan: Scan): Command {
  const until = scan.text.slice(scan.at - 5, scan.at) === 'until'
  const condition = list(scan, ['do'], '')
  return { kind: 'while', until, condition, body: doGroup(scan) }
}

function doGroup(scan: Scan): Command {
  expect(scan, 'do')
  const body = list(scan, ['done'], '')
  expect(scan, 'done')
  return body
}

function caseCommand(scan: Scan): Command {
  skipBlanks(scan)
  const word = someWord(scan)
  skipLines(scan)
  expect(scan, 'in')
  const arms: Arm[] = []
  for (skipLines(scan); reservedWord(scan) !== 'esac'; skipLines(scan)) arms.push(arm(scan))
  scan.at += 4
  return { kind: 'case', word, arms }
}

function arm(scan: Scan): Arm {
  if (lookingAt(scan, '(')) scan.at++
  const patterns: Word[] = []
  for (;;) {
    skipBlanks(scan)
    patterns.push(someWord(scan))
    skipBlanks(scan)
    if (!lookingAt(scan, '|')) break
    scan.at++
  }
  if (!lookingAt(scan, ')')) throw new Unreadable('expected )')
  scan.at++
  const body = list(scan, ['esac'], '')
  if (lookingAt(scan, ';;')) scan.at += lookingAt(scan, ';;&') ? 3 : 2
  else if (reservedWord(scan) !== 'esac') throw new Unreadable('expected ;;')
  return { patterns, body }
}

function braceGroup(scan: Scan): Command {
  const body = list(scan, ['}'], '')
  expect(scan, '}')
  return body
}

function subshell(scan: Scan): Command {
  scan.at++
  const body = list(scan, [], ')')
  if (!lookingAt(scan, ')')) throw new Unreadable('expected )')
  scan.at++
  return { kind: 'subshell', body }
}

function arithmeticCommand(scan: Scan): Command {
  const at = scan.at
  const close = scan.text.indexOf('))', at)
  if (close < 0) throw new Unreadable('expected ))')
  scan.at = close + 2
  return { kind: 'unknown', source: scan.text.slice(at, scan.at), at }
}

/** bash's `function name { … }`. */
function bashFunction(scan: Scan): Command {
  scan.at += 'function'.length
  skipBlanks(scan)
  const name = readWord(scan).source
  skipBlanks(scan)
  if (/^\(\s*\)/.test(scan.text.slice(scan.at, scan.at + 8))) scan.at = scan.text.indexOf(')', scan.at) + 1
  skipLines(scan)
  return { kind: 'function', name, body: command(scan) }
}

const functionName = /([A-Za-z_][\w.-]*)[ \t]*\([ \t]*\)/y

function simpleCommand(scan: Scan): Command {
  functionName.lastIndex = scan.at
  const name = functionName.exec(scan.text)?.[1]
  if (name === undefined) return commandOfWords(scan)
  scan.at = functionName.lastIndex
  skipLines(scan)
  return { kind: 'function', name, body: nested(scan, () => command(scan)) }
}

const closing = new Set(['then', 'do', 'done', 'fi', 'esac', 'elif', 'else', '}'])

function commandOfWords(scan: Scan): SimpleCommand {
  if (closing.has(reservedWord(scan))) throw new Unreadable('expected a command')
  const at = scan.at
  const assignments: Assignment[] = []
  const words: Word[] = []
  const redirections: Redirection[] = []
  let end = at
  for (skipBlanks(scan); !atEnd(scan); skipBlanks(scan)) {
    const found = redirection(scan)
    if (found !== undefined) redirections.push(found)
    else if (words[0]?.source === '[[') words.push(testWord(scan))
    else if (/[\n;&|()]/.test(scan.text.charAt(scan.at))) break
    else if (words.length > 0 || !assignment(scan, assignments)) words.push(readWord(scan))
    end = scan.at
    if (words[0]?.source === '[[' && words.at(-1)?.source === ']]') break
  }
  if (end === at) throw new Unreadable('expected a command')
  const source = scan.text.slice(at, end).replace(/(?<!\s)\s*\\\n\s*|\n\s*/g, ' ')
  return { kind: 'simple', assignments, words, redirections, source, at }
}

/** Inside `[[ … ]]` operators are words, and lines continue. */
function testWord(scan: Scan): Word {
  skipLines(scan)
  const operator = /^(?:&&|\|\||[()<>|])/.exec(scan.text.slice(scan.at, scan.at + 2))?.[0]
  if (operator === undefined) return someWord(scan)
  scan.at += operator.length
  return { parts: [{ kind: 'text', text: operator, quoted: false }], source: operator }
}

function someWord(scan: Scan): Word {
  const word = readWord(scan)
  if (word.source === '') throw new Unreadable('expected a word')
  return word
}

const assigned = /([A-Za-z_]\w*)(\+?)=/y

function assignment(scan: Scan, assignments: Assignment[]): boolean {
  assigned.lastIndex = scan.at
  const [whole, name = '', plus] = assigned.exec(scan.text) ?? []
  if (whole === undefined) return false
  scan.at += whole.length
  assignments.push({ name, appends: plus === '+', value: lookingAt(scan, '(') ? array(scan) : readWord(scan) })
  return true
}

/** bash's arrays are parsed but not followed. */
function array(scan: Scan): Word {
  const start = scan.at
  for (scan.at++, skipLines(scan); !lookingAt(scan, ')'); skipLines(scan)) someWord(scan)
  scan.at++
  return { parts: [{ kind: 'unknown', quoted: false }], source: scan.text.slice(start, scan.at) }
}

function redirected(scan: Scan, body: Command): Command {
  const redirections: Redirection[] = []
  for (;;) {
    skipBlanks(scan)
    const found = redirection(scan)
    if (found === undefined) break
    redirections.push(found)
  }
  return redirections.length === 0 ? body : { kind: 'redirected', body, redirections }
}

const operators = /(\d*)(<<-|<<<|<<|>>|<&|>&|&>>|&>|<>|>\||[<>])/y

function redirection(scan: Scan): Redirection | undefined {
  operators.lastIndex = scan.at
  const [whole, digits = '', operator = ''] = operators.exec(scan.text) ?? []
  if (whole === undefined) return undefined
  scan.at += whole.length
  if (lookingAt(scan, '(')) throw new Unreadable('process substitution')
  skipBlanks(scan)
  const target = someWord(scan)
  const descriptor = digits === '' ? undefined : Number(digits)
  if (operator !== '<<' && operator !== '<<-') return { descriptor, operator, target, document: undefined }
  const document = { parts: [] }
  const terminator = target.source.replace(/['"\\]/g, '')
  scan.due.push({
    ...{ terminator, document, isLiteral: terminator !== target.source, stripsTabs: operator === '<<-' },
  })
  return { descriptor, operator, target, document }
}
