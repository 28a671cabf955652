/** Resolves one path in a tree, and reads the file at its end. */
import { gather, type LocalContent } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import type { Entry } from './entry.ts'
import { type EntryPath, join, parent, root, show } from './path.ts'

/** Limit on the links in one path, as in Linux (path_resolution(7)). */
const mostLinks = 40

/** Maximum size, in bytes, of a file that is read whole: package databases, account files and certificates are far smaller. */
const mostBytes = 256 * 1024 * 1024

/** Resolves a path through symbolic links, given a look-up of single names. */
export function resolveIn(get: (path: EntryPath) => Entry | undefined, path: EntryPath): Entry | undefined {
  if (path === root) return get(root)
  // Remaining components, the next one last.
  const ahead = partsOf(path)
  let at: EntryPath = root
  let found: Entry | undefined
  let links = 0
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '..') {
      at = parent(at)
      found = get(at)
      continue
    }
    const next = join(at, part)
    found = get(next)
    if (found?.kind === 'symlink') {
      if (++links > mostLinks) return undefined
      if (found.target.startsWith('/')) at = root
      ahead.push(...partsOf(found.target))
      if (ahead.length === 0) found = get(at)
    } else if (ahead.length > 0 && found !== undefined && found.kind !== 'directory') return undefined
    else at = next
  }
  return found
}

/** Content of an entry, if it is a file. */
export function contentOfEntry(entry: Entry | undefined): LocalContent | undefined {
  return entry?.kind === 'file' ? entry.content : undefined
}

/** Reads all bytes of a content. @param path - for errors. @throws BuildError content.too-large */
export function readContent(content: LocalContent | undefined, path: EntryPath): Uint8Array | undefined {
  if (content === undefined || content.size <= mostBytes) return content && gather(content.open())
  return fail(
    'content.too-large',
    `${JSON.stringify(`/${show(path)}`)} has ${content.size} bytes; the limit is ${mostBytes}.`,
    {
      remedy: 'Make the file smaller, or remove it.',
      detail: { path: show(path), size: content.size },
    },
  )
}

function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse()
}
