/** Patterns of a `.gitignore` file (gitignore(5)): the effect of one file on a path relative to its directory. */
import { globMatcher } from './glob.ts'

/** Effect of one list of patterns on a path: ignored, not ignored (`!`), or undefined if none matches; the last match wins. */
export type GitPatterns = (path: string, isDirectory: boolean) => boolean | undefined

interface Pattern {
  readonly isNegated: boolean
  readonly onlyDirectories: boolean
  /** Whether to compare the last component of a path instead of the whole path. */
  readonly byName: boolean
  matches(name: string): boolean
}

/** Parses the bytes of a file (one character per byte): one pattern per line, "#" starts a comment. */
export function gitFile(bytes: string): GitPatterns {
  const lines = bytes.replace(/^\xef\xbb\xbf/, '').split('\n')
  return gitPatterns(lines.filter((line) => !line.startsWith('#')).map((line) => line.replace(/\r$/, '')))
}

/** Parses patterns, byte strings. */
export function gitPatterns(lines: readonly string[]): GitPatterns {
  const patterns = lines.flatMap((line) => parsed(line) ?? []).reverse()
  return (path, isDirectory) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const found = patterns.find(
      ({ byName, onlyDirectories, matches }) => (isDirectory || !onlyDirectories) && matches(byName ? name : path),
    )
    return found === undefined ? undefined : !found.isNegated
  }
}

function parsed(line: string): Pattern | undefined {
  const text = withoutTrailingSpaces(line)
  const isNegated = text.startsWith('!')
  const [, body = '', slash = ''] = /^(.*?)(\/?)$/s.exec(isNegated ? text.slice(1) : text) ?? []
  if (body === '') return undefined
  const byName = !body.includes('/')
  const pattern = body.replace(/^\//, '')
  return { isNegated, onlyDirectories: slash !== '', byName, matches: matcher(pattern) }
}

function matcher(pattern: string): (name: string) => boolean {
  if (!/[*?[\\]/.test(pattern)) return (name) => name === pattern
  return globMatcher(pattern) ?? (() => false)
}

/** Trailing spaces are dropped unless preceded by a backslash. */
function withoutTrailingSpaces(line: string): string {
  return /^(?:\\.|[^\\ ]|\\$| +(?=\\?[^ ]))*/s.exec(line)?.[0] ?? line
}
