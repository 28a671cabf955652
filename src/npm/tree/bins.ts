/** Links to the commands of packages, in the same `.bin` directories and for the same packages as npm's. */
import { posix } from 'node:path'
import type { LockEntry } from '../lock-file/entry.ts'
import { depthOf } from '../lock-file/read.ts'
import { isTop } from './graph.ts'

/** One command that a package gets a link for. All paths are relative to the lock file's directory. */
export interface Bin {
  /** Place of its package. */
  readonly place: string
  readonly link: string
  /** File that the link points to. */
  readonly file: string
}

/** Returns the links of a tree. Of packages with the same command the shallowest wins, then the first by name; linked directories come last. */
export function binsOf(kept: ReadonlyMap<string, LockEntry>): readonly Bin[] {
  const taken = new Set<string>()
  const bins: Bin[] = []
  for (const { place, bin } of inOrder(kept)) {
    for (const [name, file] of bin) {
      const link = `${directoryOf(place)}/.bin/${name}`
      if (taken.has(link)) continue
      taken.add(link)
      bins.push({ place, link, file: `${place}/${file}` })
    }
  }
  return bins
}

/**
 * Tells whether npm makes all commands of a package executable, also those that get no link: it knows them before it unpacks the tarball only if
 * the lock file has no address, so that it asks the registry; if the tarball is the project's, it corrects them.
 */
export function makesAllExecutable({ resolved, link, inBundle, bin }: LockEntry): boolean {
  return bin.size > 0 && !link && !inBundle && (resolved === undefined || resolved.startsWith('file:'))
}

/** Returns the target of a link. */
export function targetOf({ link, file }: Bin): string {
  return posix.relative(posix.dirname(link), file)
}

/** npm sorts with an English collation in every locale. */
const collator = new Intl.Collator('en')

function inOrder(kept: ReadonlyMap<string, LockEntry>): readonly Pick<LockEntry, 'place' | 'bin'>[] {
  const found = [...kept.values()].filter(({ place }) => !isTop(place))
  const placed = found.map(({ place, link, bin, resolved }) => ({
    place,
    link,
    bin: link ? (kept.get(resolved ?? '')?.bin ?? bin) : bin,
    depth: depthOf(place),
  }))
  return placed.sort(
    (a, b) => Number(a.link) - Number(b.link) || a.depth - b.depth || collator.compare(a.place, b.place),
  )
}

/** Returns the `node_modules` that directly contains a place. */
function directoryOf(place: string): string {
  return place.slice(0, place.lastIndexOf('node_modules/') + 'node_modules'.length)
}
