/** Following one path through a tree, and reading the file at its end. */
import { gather, type LocalContent } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import type { Entry } from './entry.ts'
import { type EntryPath, join, parent, root, show } from './path.ts'

/** As Linux (path_resolution(7)). */
const mostLinks = 40

/** The longest file that is read whole, in bytes: databases of packages, account files, certificates are far smaller. */
const mostBytes = 256 * 1024 * 1024

/** The entry that a path leads to through symbolic links, given what each name holds. */
export function resolveIn(get: (path: EntryPath) => Entry | undefined, path: EntryPath): Entry | undefined {
  if (path === root) return get(root)
  // Parts still to be walked, the next one last.
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

/** The content of an entry that is a file. */
export function contentOfEntry(entry: Entry | undefined): LocalContent | undefined {
  return entry?.kind === 'file' ? entry.content : undefined
}

/** All bytes of a content. @param path - for errors. @throws BuildError content.too-large */
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
