/**
 * Brings entries that come in any order into the canonical one.
 *
 * A hard link must follow its target. Where sorting puts a link first, the two change places: the first name in order carries the
 * object, all others are links to it. A target that is not among the entries (a lower layer has it) stays as it is.
 */
import { fail } from '../base/error.ts'
import { type Entry, hasMetadata, type NodeEntry } from './entry.ts'
import { comparePaths, type EntryPath, show } from './path.ts'

/** The entries in canonical order. @throws BuildError tree.duplicate - two entries at one path, but for an opaque behind its directory. */
export function inOrder(entries: Iterable<Entry>): readonly Entry[] {
  const sorted = [...entries].sort(compareEntries)
  refuseDuplicates(sorted)
  return sorted.some((entry) => entry.kind === 'hardlink') ? linksBehindTargets(sorted) : sorted
}

/** By path; an `opaque` behind its directory. */
export function compareEntries(a: Entry, b: Entry): number {
  return comparePaths(a.path, b.path) || Number(a.kind === 'opaque') - Number(b.kind === 'opaque')
}

/** The same object under another name. */
export function movedTo(node: NodeEntry, path: EntryPath): NodeEntry {
  return { ...node, path }
}

function refuseDuplicates(sorted: readonly Entry[]): void {
  sorted.forEach((entry, index) => {
    const next = sorted[index + 1]
    if (next === undefined || next.path !== entry.path) return
    if (entry.kind === 'directory' && next.kind === 'opaque') return
    fail('tree.duplicate', `Two entries stand at ${JSON.stringify(show(entry.path))}.`, {
      remedy: 'Leave one of them out.',
      detail: { path: show(entry.path) },
    })
  })
}

function linksBehindTargets(sorted: readonly Entry[]): readonly Entry[] {
  const byPath = new Map(sorted.flatMap((entry) => (entry.kind === 'opaque' ? [] : [[entry.path, entry]])))
  const carriers = new Map<EntryPath, EntryPath>()
  return sorted.map((entry) => {
    const target = entry.kind === 'hardlink' ? lastTarget(entry.path, byPath) : entry.path
    const object = byPath.get(target)
    const carrier = carriers.get(target)
    if (carrier !== undefined) return { kind: 'hardlink', path: entry.path, target: carrier }
    if (object === undefined || !hasMetadata(object)) return entry
    if (object.kind !== 'directory') carriers.set(target, entry.path)
    return entry.kind === 'hardlink' ? movedTo(object, entry.path) : entry
  })
}

/** Where a chain of links ends: the object's name, or a name that is not among the entries. */
function lastTarget(from: EntryPath, byPath: ReadonlyMap<EntryPath, Entry>): EntryPath {
  const seen = new Set<EntryPath>()
  let at = from
  for (let entry = byPath.get(at); entry?.kind === 'hardlink'; entry = byPath.get(at)) {
    if (seen.has(at)) {
      fail('tree.link-cycle', `The hard link ${JSON.stringify(show(from))} leads back to itself.`, {
        remedy: 'Make one of the names a file.',
        detail: { path: show(from) },
      })
    }
    seen.add(at)
    at = entry.target
  }
  return at
}
