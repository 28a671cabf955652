/**
 * The members of a tar archive in its own order → entries in canonical order, as extracting the archive would leave them.
 *
 * Of two members at one path the last stays; directories are replaced by others only with all that lies below. A hard link is a further
 * name of what its target was when the link came, so it outlives a later member at the target's path; the first name in canonical order
 * carries the object. A link to something that the archive does not hold stays a link (in a layer, a lower one has it).
 */
import type { LocalContent } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import { entryOf } from '../../format/tar/entry.ts'
import type { TarMember } from '../../format/tar/member.ts'
import type { Entry, HardlinkEntry, NodeEntry } from '../../tree/entry.ts'
import { inOrder, movedTo } from '../../tree/order.ts'
import { type EntryPath, isWithin, parent, show } from '../../tree/path.ts'

/** Takes members, gives entries. */
export interface TarEntries {
  add(member: TarMember): void
  /** All that stands at the end, in canonical order. */
  entries(): readonly Entry[]
}

/** @param contentOf - the content of a member that is a file. */
export function tarEntries(contentOf: (member: TarMember) => LocalContent): TarEntries {
  // An object is one and the same value under each of its names.
  const objects = new Map<EntryPath, NodeEntry | HardlinkEntry>()
  const whiteouts = new Set<EntryPath>()
  const opaques = new Set<EntryPath>()

  const put = (path: EntryPath, object: NodeEntry | HardlinkEntry): void => {
    const old = objects.get(path)
    if (old?.kind === 'directory' && object.kind !== 'directory') {
      for (const below of objects.keys()) if (isWithin(below, path)) objects.delete(below)
    }
    objects.set(path, object)
  }
  const add = (member: TarMember): void => {
    const entry = entryOf(member, contentOf)
    if (entry === undefined) return
    if (entry.kind === 'whiteout') whiteouts.add(entry.path)
    else if (entry.kind === 'opaque') opaques.add(entry.path)
    else if (entry.kind === 'hardlink') put(entry.path, linked(entry, objects.get(entry.target)))
    else put(entry.path, entry)
  }
  return { add, entries: () => inOrder([...namedOnce(objects), ...removals({ objects, whiteouts, opaques })]) }
}

function linked(link: HardlinkEntry, object: NodeEntry | HardlinkEntry | undefined): NodeEntry | HardlinkEntry {
  if (object === undefined) return link
  if (object.kind !== 'directory') return object
  fail('archive.invalid', `The hard link "${show(link.path)}" leads to the directory "${show(link.target)}".`, {
    remedy: 'Fetch or make the archive again.',
  })
}

function* namedOnce(objects: ReadonlyMap<EntryPath, NodeEntry | HardlinkEntry>): Generator<Entry> {
  const carriers = new Map<NodeEntry | HardlinkEntry, EntryPath>()
  for (const [path, object] of objects) {
    checkParent(path, objects.get(parent(path)))
    const carrier = carriers.get(object)
    if (carrier === undefined) carriers.set(object, path)
    if (object.kind === 'hardlink') yield { ...object, path }
    else if (carrier === undefined) yield object.path === path ? object : movedTo(object, path)
    else yield { kind: 'hardlink', path, target: carrier }
  }
}

function checkParent(path: EntryPath, above: Entry | undefined): void {
  if (above === undefined || above.kind === 'directory') return
  fail('archive.invalid', `"${show(path)}" lies below "${show(parent(path))}", which is no directory.`, {
    remedy: 'Make the archive again: whatever extracts it would write through that name.',
  })
}

interface Removals {
  readonly objects: ReadonlyMap<EntryPath, NodeEntry | HardlinkEntry>
  readonly whiteouts: ReadonlySet<EntryPath>
  readonly opaques: ReadonlySet<EntryPath>
}

// A whiteout speaks of lower layers only: beside a file it says nothing more, beside a directory it makes it opaque.
function* removals({ objects, whiteouts, opaques }: Removals): Generator<Entry> {
  for (const path of whiteouts) if (!objects.has(path)) yield { kind: 'whiteout', path }
  const hidden = new Set([...opaques, ...whiteouts].filter((path) => objects.get(path)?.kind === 'directory'))
  for (const path of hidden) yield { kind: 'opaque', path }
  // Without its directory's entry, the directory of a lower layer is meant.
  for (const path of opaques) if (!objects.has(path)) yield { kind: 'opaque', path }
}
