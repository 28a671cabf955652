/**
 * Patterns of a `.dockerignore` file, with BuildKit's meaning: relative to the file's directory; directories include everything below them;
 * `!` marks exceptions, which may re-include a file of an ignored directory.
 */
import { posix } from 'node:path'
import { fail } from '../../base/error.ts'
import { type EntryPath, parent, root, show } from '../path.ts'
import { wildcards } from './wildcards.ts'

/** Tells whether a path is ignored, and whether exceptions may re-include something below it. */
export type DockerPatterns = (path: EntryPath) => { readonly isLeftOut: boolean; readonly mayHoldExceptions: boolean }

interface Pattern {
  readonly text: string
  readonly isException: boolean
  matches(path: string): boolean
}

/** Parses the bytes of a file. @param place - its path, for errors. @throws BuildError argument.invalid */
export function dockerFile(bytes: string, place: string): DockerPatterns {
  const lines = Buffer.from(bytes, 'latin1')
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n')
  return dockerPatterns(lines.flatMap((line, index) => parsed(line, `${place}:${index + 1}`) ?? []))
}

function dockerPatterns(patterns: readonly Pattern[]): DockerPatterns {
  const exceptions = patterns.filter(({ isException }) => isException).map(({ text }) => withoutLastGlob(text))
  // A pattern with wildcards may match at any depth.
  const anywhere = exceptions.some((text) => /[*[\]?^\\]/.test(text))
  const directories = new Map<EntryPath, Verdict>()
  const verdict = (path: EntryPath): Verdict => {
    const above = parent(path)
    if (above === root) return judged(patterns, show(path), [])
    const known = directories.get(above) ?? verdict(above)
    directories.set(above, known)
    return judged(patterns, show(path), known.matched)
  }
  return (path) => ({
    isLeftOut: verdict(path).isLeftOut,
    mayHoldExceptions: anywhere || exceptions.some((text) => `${text}/`.startsWith(`${show(path)}/`)),
  })
}

interface Verdict {
  readonly isLeftOut: boolean
  /** For each pattern, whether it has matched the path or a directory above it. */
  readonly matched: readonly boolean[]
}

/** A pattern that could change nothing at a path is not tried there, so whether it matches below is unknown. */
function judged(patterns: readonly Pattern[], path: string, above: readonly boolean[]): Verdict {
  let isLeftOut = false
  const matched = patterns.map((pattern, index) => {
    const isMatch = above[index] === true || (pattern.isException === isLeftOut && pattern.matches(path))
    if (isMatch) isLeftOut = !pattern.isException
    return isMatch
  })
  return { isLeftOut, matched }
}

function parsed(line: string, place: string): Pattern | undefined {
  if (line.startsWith('#')) return undefined
  const given = line.trim()
  const isException = given.startsWith('!')
  const wanted = (isException ? given.slice(1) : given).trim()
  if (given === '') return undefined
  if (wanted === '') return refuse(place, given)
  const text = cleaned(wanted)
  return { text, isException, matches: matcher(text) ?? refuse(place, given) }
}

/** Cleans a pattern as Go's filepath.Clean does, from the root of the directory. */
function cleaned(pattern: string): string {
  const text = posix.normalize(pattern)
  return text.length > 1 ? text.replace(/^\//, '').replace(/\/$/, '') : text
}

function withoutLastGlob(text: string): string {
  return text.replace(/\/\*\*$/, '').replace(/\/\*$/, '')
}

function matcher(text: string): ((path: string) => boolean) | undefined {
  if (!/[*?[\]\\]/.test(text)) return (path) => path === text
  if (/^\*\*[^*?[\]\\]*$/.test(text)) {
    const end = text.slice(2)
    return (path) => path.endsWith(end) || (end.startsWith('/') && path === end.slice(1))
  }
  if (/^[^*?[\]\\]*\*\*$/.test(text)) return (path) => path.startsWith(text.slice(0, -2))
  return compiled(text)
}

function compiled(text: string): ((path: string) => boolean) | undefined {
  const pieces = [...text.matchAll(/\*\*\/?$|\*\*\/?|\\.|[*?]|[^\\]|\\/gsu)].map(({ 0: piece, index }) => {
    if (piece.startsWith('**')) return { any: index + piece.length === text.length ? 'path' : 'directories' } as const
    return piece === '*' ? ({ any: 'name' } as const) : { source: sourceOf(piece) }
  })
  try {
    return wildcards(pieces, 'u')
  } catch {
    return undefined
  }
}

function sourceOf(piece: string): string {
  if (piece === '?') return '[^/]'
  if (piece === '\\') return '\\\\'
  return piece.startsWith('\\') ? escaped(piece.slice(1)) : /[.+(){}|$]/.test(piece) ? `\\${piece}` : piece
}

function escaped(character: string): string {
  return /[\^$.*+?()[\]{}|\\/-]/.test(character) ? `\\${character}` : character
}

function refuse(place: string, pattern: string): never {
  return fail('argument.invalid', `${place}: ${JSON.stringify(pattern)} is not a valid pattern.`, {
    remedy: 'Correct it; docs.docker.com describes .dockerignore files.',
    detail: { place },
  })
}
