/** test(1), `[` and bash's `[[`, in three-valued logic. */
import { matches } from '../../shell/pattern.ts'
import { type Look, look } from '../disk.ts'
import type { Program, ProgramCall } from '../system.ts'
import { answers } from './results.ts'

type Truth = boolean | undefined

export const test: Program = (call) => {
  const words = call.name === '[' ? call.words.slice(0, -1) : call.words
  return answers(evaluate(call, words))
}

export const doubleBrackets: Program = (call) => answers(evaluate(call, call.words.slice(0, -1)))

interface Reader {
  readonly call: ProgramCall
  readonly words: readonly (string | undefined)[]
  at: number
}

// No real condition is longer; hostile ones must end before the stack overflows.
const mostWords = 500

function evaluate(call: ProgramCall, words: readonly (string | undefined)[]): Truth {
  if (words.length === 0) return false
  if (words.length > mostWords) return undefined
  const reader: Reader = { call, words, at: 0 }
  const truth = either(reader)
  return reader.at === words.length ? truth : undefined
}

function either(reader: Reader): Truth {
  let left = both(reader)
  while (takes(reader, '-o', '||')) {
    const right = both(reader)
    left = left === true || right === true ? true : left === undefined || right === undefined ? undefined : false
  }
  return left
}

function both(reader: Reader): Truth {
  let left = negated(reader)
  while (takes(reader, '-a', '&&')) {
    const right = negated(reader)
    left = left === false || right === false ? false : left === undefined || right === undefined ? undefined : true
  }
  return left
}

function takes(reader: Reader, ...words: readonly string[]): boolean {
  const word = reader.words[reader.at]
  if (word === undefined || !words.includes(word)) return false
  reader.at++
  return true
}

const binaries = new Set([
  '=',
  '==',
  '!=',
  '-eq',
  '-ne',
  '-lt',
  '-le',
  '-gt',
  '-ge',
  '-nt',
  '-ot',
  '-ef',
  '=~',
  '<',
  '>',
])

function negated(reader: Reader): Truth {
  const { words, at } = reader
  const isBinary = at + 2 < words.length && binaries.has(words[at + 1] ?? '')
  if (!isBinary && words[at] === '!' && at + 1 < words.length) {
    reader.at++
    const truth = negated(reader)
    return truth === undefined ? undefined : !truth
  }
  if (!isBinary && words[at] === '(') {
    reader.at++
    const truth = either(reader)
    return takes(reader, ')') ? truth : undefined
  }
  return primary(reader, isBinary)
}

function primary(reader: Reader, isBinary: boolean): Truth {
  const { call, words, at } = reader
  if (isBinary) {
    reader.at += 3
    return compared(call, words[at + 1] ?? '', words[at], words[at + 2])
  }
  const word = words[at]
  if (word !== undefined && /^-[a-zA-Z]$/.test(word) && at + 1 < words.length) {
    reader.at += 2
    return unary(call, word, words[at + 1])
  }
  reader.at++
  return word === undefined ? undefined : word !== ''
}

function compared(call: ProgramCall, operator: string, a: string | undefined, b: string | undefined): Truth {
  if (a === undefined || b === undefined || ['-nt', '-ot', '-ef', '=~', '<', '>'].includes(operator)) return undefined
  const equal = call.name === '[[' ? matches(b, a) : a === b
  if (operator === '=' || operator === '==') return equal
  if (operator === '!=') return !equal
  if (!/^[-+]?\d{1,15}$/.test(a.trim()) || !/^[-+]?\d{1,15}$/.test(b.trim())) return false
  const difference = Number(a) - Number(b)
  const orders: Readonly<Record<string, boolean>> = {
    '-eq': difference === 0,
    '-ne': difference !== 0,
    '-lt': difference < 0,
    '-le': difference <= 0,
    '-gt': difference > 0,
    '-ge': difference >= 0,
  }
  return orders[operator]
}

function unary(call: ProgramCall, operator: string, operand: string | undefined): Truth {
  if (operator === '-t') return false
  if (operand === undefined) return undefined
  if (operator === '-n') return operand !== ''
  if (operator === '-z') return operand === ''
  if (operand === '') return false
  const at = look(call, operand, operator !== '-L' && operator !== '-h')
  return at.kind === 'undecided' ? undefined : at.kind === 'entry' && holds(operator, at)
}

function holds(operator: string, { entry }: Extract<Look, { kind: 'entry' }>): boolean {
  const { mode } = entry.metadata
  switch (operator) {
    case '-d':
      return entry.kind === 'directory'
    case '-f':
      return entry.kind === 'file'
    case '-L':
    case '-h':
      return entry.kind === 'symlink'
    case '-s':
      return entry.kind === 'directory' || (entry.kind === 'file' && entry.content.size > 0)
    case '-x':
      return entry.kind === 'directory' || (mode & 0o111) !== 0
    case '-u':
      return (mode & 0o4000) !== 0
    case '-g':
      return (mode & 0o2000) !== 0
    case '-k':
      return (mode & 0o1000) !== 0
    case '-b':
    case '-c':
    case '-p':
    case '-S':
      return false
    default:
      return true
  }
}
