/**
 * Sorts entries into canonical order.
 *
 * A hard link must follow its target. If sorting puts a link first, the two swap places: the first name in order carries the object, all
 * others are links to it. A link whose target is not among the entries (a lower layer has it) is unchanged.
 */
import { fail } from '../base/error.ts'
import { type Entry, hasMetadata, type NodeEntry } from './entry.ts'
import { comparePaths, type EntryPath, show } from './path.ts'

/** Sorts entries. @throws BuildError tree.duplicate - two entries at one path, except an opaque after its directory */
export function inOrder(entries: Iterable<Entry>): readonly Entry[] {
  const sorted = [...entries].sort(compareEntries)
  refuseDuplicates(sorted)
  return sorted.some((entry) => entry.kind === 'hardlink') ? linksBehindTargets(sorted) : sorted
}

/** Compares by path; an `opaque` comes after its directory. */
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
    fail('tree.duplicate', `Two entries have the path ${JSON.stringify(show(entry.path))}.`, {
      remedy: 'Remove one of them.',
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

/** Follows a chain of links to its end: the object's name, or a name that is not among the entries. */
function lastTarget(from: EntryPath, byPath: ReadonlyMap<EntryPath, Entry>): EntryPath {
  const seen = new Set<EntryPath>()
  let at = from
  for (let entry = byPath.get(at); entry?.kind === 'hardlink'; entry = byPath.get(at)) {
    if (seen.has(at)) {
      fail('tree.link-cycle', `The hard link ${JSON.stringify(show(from))} refers back to itself.`, {
        remedy: 'Make one of the names a file.',
        detail: { path: show(from) },
      })
    }
    seen.add(at)
    at = entry.target
  }
  return at
}
