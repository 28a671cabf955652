/** Patterns of a `.gitignore` file (gitignore(5)): what one file says of a path relative to its directory. */
import { globExpression } from './glob.ts'

/** Tells what one list of patterns says of a path: ignored, not ignored (`!`), or undefined where none matches; the last match counts. */
export type GitPatterns = (path: string, isDirectory: boolean) => boolean | undefined

interface Pattern {
  readonly isNegated: boolean
  readonly onlyDirectories: boolean
  /** Whether the last part of a path is compared, instead of the whole path. */
  readonly byName: boolean
  matches(name: string): boolean
}

/** Reads the bytes of a file (one character per byte): a pattern each line, "#" begins a comment. */
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
  const expression = globExpression(pattern)
  return (name) => expression?.test(name) === true
}

/** Spaces at the end do not count unless a backslash is before them. */
function withoutTrailingSpaces(line: string): string {
  return /^(?:\\.|[^\\ ]|\\$| +(?=\\?[^ ]))*/s.exec(line)?.[0] ?? line
}
