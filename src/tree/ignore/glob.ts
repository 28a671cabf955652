/**
 * Shell patterns as regular expressions, for names that are byte strings (one character per byte): git's wildmatch with WM_PATHNAME,
 * in which `*`, `?` and brackets never match a "/" and `**` between slashes matches any number of directories.
 */
import { type Piece, wildcards } from './wildcards.ts'

/** Compiles a pattern; undefined if it is malformed, in which case, as in git, it matches nothing. */
export function globMatcher(pattern: string): ((name: string) => boolean) | undefined {
  const pieces: Piece[] = []
  for (let at = 0; at < pattern.length; ) {
    const piece = pieceAt(pattern, at)
    if (piece === undefined) return undefined
    pieces.push(piece)
    at += piece.length
  }
  return wildcards(pieces, 's')
}

/** Number of characters that a piece consumes in the pattern. */
interface Consumed {
  readonly length: number
}

interface Source extends Consumed {
  readonly source: string
}

function pieceAt(pattern: string, at: number): (Piece & Consumed) | undefined {
  const character = pattern.charAt(at)
  if (character === '*') return starsAt(pattern, at)
  if (character === '?') return { source: '[^/]', length: 1 }
  if (character === '[') return bracketAt(pattern, at)
  if (character !== '\\') return { source: literal(character), length: 1 }
  const escaped = pattern.charAt(at + 1)
  return escaped === '' ? undefined : { source: literal(escaped), length: 2 }
}

/** `**` is special only as a whole component; elsewhere it means `*`. */
function starsAt(pattern: string, at: number): Piece & Consumed {
  let end = at
  while (pattern[end] === '*') end += 1
  const isPart = end - at > 1 && (at === 0 || pattern[at - 1] === '/')
  if (isPart && end === pattern.length) return { any: 'path', length: end - at }
  if (isPart && pattern[end] === '/') return { any: 'directories', length: end - at + 1 }
  return { any: 'name', length: end - at }
}

const classes: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
}

function bracketAt(pattern: string, from: number): Source | undefined {
  const isNegated = pattern[from + 1] === '!' || pattern[from + 1] === '^'
  const first = from + (isNegated ? 2 : 1)
  let source = ''
  for (let at = first; at < pattern.length; ) {
    if (pattern[at] === ']' && at > first) return { source: bracket(source, isNegated), length: at + 1 - from }
    const item = classAt(pattern, at) ?? rangeAt(pattern, at)
    if (item === undefined) return undefined
    source += item.source
    at += item.length
  }
  return undefined
}

function bracket(source: string, isNegated: boolean): string {
  // An empty range such as [z-a] matches nothing.
  return isNegated ? `[^/${source}]` : source === '' ? '(?!)' : `(?!/)[${source}]`
}

function classAt(pattern: string, at: number): Source | undefined {
  const name = /^\[:([a-z]*):\]/.exec(pattern.slice(at, at + 12))?.[1]
  const source = name === undefined ? undefined : classes[name]
  return name === undefined || source === undefined ? undefined : { source, length: name.length + 4 }
}

function rangeAt(pattern: string, at: number): Source | undefined {
  const low = memberAt(pattern, at)
  if (low === undefined || pattern.startsWith('[:', at)) return undefined
  const dash = at + low.length
  const isRange = pattern[dash] === '-' && pattern[dash + 1] !== ']' && dash + 1 < pattern.length
  if (!isRange) return { source: literal(low.source), length: low.length }
  const high = memberAt(pattern, dash + 1)
  if (high === undefined) return undefined
  const source = low.source <= high.source ? `${literal(low.source)}-${literal(high.source)}` : ''
  return { source, length: low.length + 1 + high.length }
}

/** One character of a bracket expression, unescaped. */
function memberAt(pattern: string, at: number): Source | undefined {
  if (pattern[at] !== '\\') return { source: pattern.charAt(at), length: 1 }
  return at + 1 < pattern.length ? { source: pattern.charAt(at + 1), length: 2 } : undefined
}

/** A literal character, also between brackets. */
function literal(character: string): string {
  return /[\w\x80-\xff]/.test(character) ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
