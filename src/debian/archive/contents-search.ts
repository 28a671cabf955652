/**
 * Searches contents indexes: `FILE LOCATION` lines, where LOCATION lists `[[AREA/]SECTION/]PACKAGE` with commas (Debian repository format,
 * "Contents" indices).
 *
 * They have hundreds of megabytes, so lines are looked at only where a literal part of the pattern occurs. Paths are those of an image, where
 * /bin, /sbin and /lib are links into /usr.
 */
import { fail } from '../../base/error.ts'
import { entryPathOf, longestPath } from '../../tree/path.ts'
import { mergedPath } from '../merged-usr.ts'
import type { PathPattern } from './path-pattern.ts'

/** File of a package that a search found. */
export interface FoundFile {
  /** Name of the package, as `pkgs` takes it. */
  readonly package: string
  /** Path in an image. */
  readonly path: string
}

/** Files that were found so far, by path and package. */
export type FoundFiles = Map<string, FoundFile>

/** Length of the longest line, in bytes: a path has at most 4,095, and a few packages share one. */
const longestLine = 1_048_576

/** Number of files in a useful answer. */
const mostFound = 10_000

/** Adds the files of an index that match one of the patterns. @param index - for errors. @throws BuildError debian.index-invalid, argument.invalid */
export async function searchContents(
  bytes: AsyncIterable<Uint8Array>,
  { patterns, index, most = mostFound }: { patterns: readonly PathPattern[]; index: string; most?: number },
  found: FoundFiles,
): Promise<void> {
  for await (const text of wholeLines(bytes, index)) {
    for (const pattern of patterns) {
      for (const line of linesWith(pattern.literal, text)) add(line, pattern, found)
      if (found.size > most) refuseMany(most)
    }
  }
}

/** Yields text that ends with a line, one character per byte. */
async function* wholeLines(bytes: AsyncIterable<Uint8Array>, index: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of bytes) {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')
    const end = text.lastIndexOf('\n') + 1
    if (end > 0) yield rest + text.slice(0, end)
    rest = end > 0 ? text.slice(end) : rest + text
    if (rest.length > longestLine) refuseLine(index)
  }
  if (rest !== '') yield `${rest}\n`
}

function* linesWith(literal: string, text: string): Generator<string> {
  for (let at = text.indexOf(literal); at >= 0 && at < text.length; ) {
    const end = text.indexOf('\n', at)
    yield text.slice(text.lastIndexOf('\n', at - 1) + 1, end)
    at = text.indexOf(literal, end + 1)
  }
}

/** Pattern of a package's name (Debian policy, 5.6.1). */
const nameRule = /^[a-z0-9][a-z0-9+.-]+$/

function add(line: string, { matches }: PathPattern, found: FoundFiles): void {
  const [, file, locations = ''] = /^(.*\S)[ \t]+(\S+)$/.exec(line) ?? []
  if (file === undefined || file.length > longestPath || /(^|\/)\.\.(\/|$)|\0/.test(file)) return
  const at = mergedPath(entryPathOf(file))
  if (!matches(at) && !matches(file)) return
  const path = `/${Buffer.from(at, 'latin1').toString('utf8')}`
  for (const location of locations.split(',')) {
    const name = location.slice(location.lastIndexOf('/') + 1)
    if (nameRule.test(name)) found.set(`${path} ${name}`, { package: name, path })
  }
}

/** Sorts: the shortest path first, since the file of that name itself is usually wanted. */
export function inOrderOfPath(found: FoundFiles): readonly FoundFile[] {
  return [...found]
    .sort(([a, { path: x }], [b, { path: y }]) => x.length - y.length || (a < b ? -1 : 1))
    .map(([, file]) => file)
}

function refuseLine(index: string): never {
  return fail('debian.index-invalid', `The contents index of ${index} has a line of more than ${longestLine} bytes.`, {
    remedy: 'Use another mirror: this is not what the archive published.',
    detail: { suite: index },
  })
}

function refuseMany(most: number): never {
  return fail('argument.invalid', `search: more than ${most} files match.`, {
    remedy: 'Write more of the path, such as "/usr/bin/psql".',
  })
}
