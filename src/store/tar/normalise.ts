/**
 * Normalises a package's data archive in place, and computes its index.
 *
 * Each member's header is overwritten by the header that it has in a default layer. Anything that does not fit, or turns out differently in
 * the end, is appended: hard links, an object carried by another of its names, implied directories. So the members are in no order, with
 * unused bytes in between; the index has the location of each entry. (Writing them in order would take a second copy of all contents.)
 */
import { closeSync, fstatSync, openSync } from 'node:fs'
import { fail } from '../../base/error.ts'
import { headerBytes } from '../../format/tar/encode.ts'
import { entryOf, headerOf } from '../../format/tar/entry.ts'
import { paddingOf, type TarForm, type TarMember } from '../../format/tar/member.ts'
import { type Entry, hasMetadata, type Metadata } from '../../tree/entry.ts'
import { inOrder } from '../../tree/order.ts'
import { type EntryPath, show } from '../../tree/path.ts'
import { withParents } from '../../tree/transform.ts'
import { treeOf } from '../../tree/tree.ts'
import { fileRange } from '../file-range.ts'
import { writeAll } from '../write-all.ts'
import { tarEntries } from './entries.ts'
import { formatTarIndex, type MemberPlace } from './index.ts'

/** Relative names, no padding after the two blocks of zeros. */
const form: TarForm = { names: 'relative', end: 'blocks' }

/** Modification time of everything in an image, unless it requests another one; Unix seconds. */
const mtime = 1

/**
 * Normalises the archive in `file`, and returns its index.
 *
 * @param members - of the archive, by their final names; each is overwritten before the next is requested.
 * @param own - additional members; requested after the others.
 */
export function normalise(file: string, members: Iterable<TarMember>, own: () => readonly Entry[]): Uint8Array {
  const descriptor = openSync(file, 'r+')
  try {
    const { entries, placeOf } = placeMembers(file, descriptor, members)
    const all = [...withParents(treeOf(inOrder([...entries, ...own()]))).entries()]
    checkLinks(all)
    const places = addMissing(descriptor, all, placeOf)
    const tarSize = fstatSync(descriptor).size
    const membersSize = places.reduce((sum, { start, end }) => sum + end - start, 0)
    return formatTarIndex(all, { tarSize, membersSize }, places)
  } finally {
    closeSync(descriptor)
  }
}

/** A package is complete: the targets of its hard links are not in a lower layer. @throws BuildError archive.invalid */
function checkLinks(entries: readonly Entry[]): void {
  const paths = new Set(entries.map(({ path }) => path))
  for (const entry of entries) {
    if (entry.kind !== 'hardlink' || paths.has(entry.target)) continue
    fail('archive.invalid', `The hard link "${show(entry.path)}" leads to "${show(entry.target)}", which is missing.`, {
      remedy: 'Download or build the package again.',
      detail: { path: show(entry.path) },
    })
  }
}

type PlaceOf = (entry: Entry) => MemberPlace | undefined

interface Placed {
  readonly entries: readonly Entry[]
  readonly placeOf: PlaceOf
}

/** Overwrites headers; the entries are those that extracting the archive would leave. */
function placeMembers(file: string, descriptor: number, members: Iterable<TarMember>): Placed {
  const lying = ({ contentOffset, size }: TarMember) => fileRange(file, contentOffset, size)
  const found = tarEntries(lying)
  const placed = new Map<Metadata, MemberPlace & { readonly path: EntryPath }>()
  for (const member of members) {
    const entry = entryOf(member, lying)
    // A distinct value for each member: an entry that still has it in the end is that member.
    const metadata = { ...member.metadata, mtime }
    if (entry === undefined || !hasMetadata(entry)) {
      found.add({ ...member, metadata })
      continue
    }
    const header = headerBytes(headerOf({ ...entry, metadata }, form, () => undefined))
    const content = member.contentOffset
    const start = content - header.length
    if (start >= member.headerOffset) {
      writeAll(descriptor, header, start)
      const end = content + member.size + paddingOf(member.size)
      placed.set(metadata, { path: entry.path, start, content, end })
    }
    found.add({ ...member, metadata })
  }
  return {
    entries: found.entries(),
    placeOf: (entry) => {
      const place = hasMetadata(entry) ? placed.get(entry.metadata) : undefined
      return place?.path === entry.path ? place : undefined
    },
  }
}

/** Appends everything that has no place in the archive; records the locations of all. */
function addMissing(descriptor: number, entries: readonly Entry[], placeOf: PlaceOf): readonly MemberPlace[] {
  const carriers = new Map<EntryPath, Metadata>()
  let end = fstatSync(descriptor).size
  const append = (bytes: Uint8Array): void => {
    end += writeAll(descriptor, bytes, end)
  }
  const added = (entry: Entry): MemberPlace => {
    const start = end
    append(headerBytes(headerOf(entry, form, (target) => carriers.get(target))))
    const content = end
    if (entry.kind === 'file') {
      for (const bytes of entry.content.open()) append(bytes)
      append(new Uint8Array(paddingOf(entry.content.size)))
    }
    return { start, content, end }
  }
  return entries.map((entry) => {
    if (hasMetadata(entry) && entry.kind !== 'directory') carriers.set(entry.path, entry.metadata)
    return placeOf(entry) ?? added(entry)
  })
}
