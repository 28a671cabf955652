/**
 * Garbage collection: removes everything that no `result` link and no recently used lock needs, and all leftovers.
 *
 * Waits until no process has the store open, and keeps others out meanwhile; so everything in `tmp/` and every unregistered object was left
 * by a killed process. Registrations are removed before files, so that being killed here also leaves a valid store.
 */
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Watch } from '../base/event.ts'
import { blobNameOf, membersOf } from './cache/blobs.ts'
import { openMemoryAlone } from './cache/memory.ts'
import { mostBytes, surplusPieces } from './cache/pieces.ts'
import { keptFor, locksUsedSince, type UsedLock } from './cache/used-locks.ts'
import { onDisk } from './disk-failure.ts'
import { unpackedName } from './disk-reader.ts'
import { batches } from './forgetting.ts'
import { dropRoot, type Root, rootsOf } from './gc-roots.ts'
import { type Layout, layoutOf, makeFolders } from './layout.ts'
import { openDatabaseAlone, type PathDatabase, type WritableDatabase } from './nix/database.ts'
import { nixRoots } from './nix/roots.ts'
import { removeTree, sizeOfTree, sizeOfTrees } from './remove.ts'
import { withoutReserve } from './reserve.ts'
import type { PathInfo } from './store.ts'
import { parseStorePath, type StorePath } from './store-path.ts'
import { lockUse } from './use-lock.ts'

/** Options of a collection. */
export interface CollectOptions {
  /** Current time in Unix seconds: objects named by locks that were used shortly before it are kept. */
  readonly now: number
  /** How long after its last use a lock keeps objects, and a compressed piece stays, in seconds; 0 for not at all. Default: 30 days. */
  readonly keptSeconds?: number
  /**
   * Size, in bytes, that the store should have at most: what only locks keep, and pieces, is removed until it fits, the least recently used
   * first. What result links keep stays. Default: no limit.
   */
  readonly maxBytes?: number
  /** Further objects to keep, with everything they refer to. */
  readonly keep?: Iterable<StorePath>
  /** Whether to remove nothing and only report what would be removed. */
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
  /** Called while other processes use the store. */
  readonly report?: Watch['report']
}

/** Result of `gc`. */
export interface Collected {
  /** Paths of the removed objects, sorted. */
  readonly objects: readonly StorePath[]
  /** Paths of other removed files, relative to the store's root, sorted. */
  readonly others: readonly string[]
  /** Bytes that removing frees: files that remaining objects share do not count. */
  readonly bytes: number
  /** Total size, in bytes, of what stays: objects, with what is kept for them, and compressed pieces. */
  readonly keptBytes: number
  /** Size, in bytes, of the part of it that only locks keep. */
  readonly lockedBytes: number
}

/** Collects the garbage of the store at `root`. @throws BuildError store.unwritable */
export async function collectGarbage(root: string, options: CollectOptions): Promise<Collected> {
  const layout = layoutOf(resolve(root))
  if (!existsSync(layout.database)) return { objects: [], others: [], bytes: 0, keptBytes: 0, lockedBytes: 0 }
  return onDisk(layout.root, async () => {
    makeFolders(layout)
    using _alone = await lockUse(layout, { ...options, shared: false })
    using database = openDatabaseAlone(layout.database)
    using memory = openMemoryAlone(layout.memory)
    const { now, keptSeconds = keptFor, maxBytes = Number.POSITIVE_INFINITY } = options
    const keep = [...(options.keep ?? []), ...nixRoots(layout.nixRoots, layout.roots)]
    const since = now - keptSeconds
    const locks = keptSeconds === 0 ? [] : locksUsedSince(memory, since)
    const garbage = findGarbage(layout, database, { keep, locks, since, maxBytes, keepsPieces: keptSeconds > 0 })
    const bytes = options.dryRun === true ? sizeOf(garbage, layout) : remove(garbage, layout, database)
    const others = garbage.others.map((place) => place.slice(layout.root.length + 1)).sort()
    const { objects, keptBytes, lockedBytes } = garbage
    return { objects, others, bytes, keptBytes, lockedBytes }
  })
}

function sizeOf({ objects, others }: Garbage, layout: Layout): number {
  const places = [...others, ...objects.map((path) => join(layout.objects, path))]
  return sizeOfTrees(places)
}

/** Removes cache first, since forgetting objects needs space for the log of the database. Returns the number of bytes. */
function remove({ roots, objects, others }: Garbage, layout: Layout, database: WritableDatabase): number {
  for (const root of roots) dropRoot(layout, root)
  let bytes = 0
  for (const place of others) bytes += removeTree(place)
  using _reserve = withoutReserve(layout)
  for (const batch of batches(objects, database)) {
    database.forget(batch)
    for (const path of batch) bytes += removeTree(join(layout.objects, path))
  }
  return bytes
}

interface Garbage {
  readonly roots: readonly Root[]
  readonly objects: readonly StorePath[]
  /** Absolute paths. */
  readonly others: readonly string[]
  readonly keptBytes: number
  readonly lockedBytes: number
}

/** What is kept besides the targets of result links. */
interface Keeping {
  readonly keep: readonly StorePath[]
  /** The last used first. */
  readonly locks: readonly UsedLock[]
  /** Pieces that were last used before this time, in Unix seconds, are removed. */
  readonly since: number
  readonly maxBytes: number
  readonly keepsPieces: boolean
}

function findGarbage(layout: Layout, database: PathDatabase, keeping: Keeping): Garbage {
  const { keep, locks, since, maxBytes, keepsPieces } = keeping
  const infos = new Map(database.paths().map((path) => [path, database.info(path)]))
  const missing = [...infos.keys()].filter((path) => !isThere(join(layout.objects, path)))
  const broken = reach(missing, referrersIn(infos))
  const roots = rootsOf(layout)
  const stands = ({ path, held }: Root): boolean => held && path !== undefined && infos.has(path) && !broken.has(path)
  const kept = [...roots.filter(stands).flatMap(({ path }) => path ?? []), ...keep]
  const reachable = (paths: readonly StorePath[]): ReadonlySet<StorePath> =>
    reach(
      paths.filter((path) => infos.has(path) && !broken.has(path)),
      (path) => infos.get(path)?.references ?? [],
    )
  const sizeOfAll = keptSizes(layout, infos)
  const linked = reachable(kept)
  const linkedBytes = sizeOfAll(linked)
  let live = linked
  let liveBytes = linkedBytes
  for (const { paths } of locks) {
    const more = [...reachable(paths)].filter((path) => !live.has(path))
    const bytes = liveBytes + sizeOfAll(more)
    if (bytes > maxBytes) break
    live = new Set([...live, ...more])
    liveBytes = bytes
  }
  const unpacked = new Set([...live].flatMap((path) => unpackedNames(infos.get(path))))
  // Without a live object there is nothing that the pieces belong to.
  const most = live.size === 0 || !keepsPieces ? 0 : Math.min(mostBytes, Math.max(0, maxBytes - liveBytes))
  const pieces = surplusPieces(layout, { most, usedSince: since })
  return {
    keptBytes: liveBytes + sizeOfTree(layout.pieces) - pieces.reduce((sum, place) => sum + sizeOfTree(place), 0),
    lockedBytes: liveBytes - linkedBytes,
    roots: roots.filter((root) => !stands(root)),
    objects: [...infos.keys()].filter((path) => !live.has(path)),
    others: [
      ...placesIn(layout.temporary, () => true),
      ...placesIn(layout.objects, (name) => name !== nixLinks && !isRegistered(name, infos)),
      ...placesIn(layout.blobs, (name) => !isMadeOf(live, membersOf(layout, blobNameOf(name)))),
      ...pieces,
      ...placesIn(layout.unpacked, (name) => !unpacked.has(madeOf(name))),
    ],
  }
}

/** Total size, in bytes, of objects and of the files that were unpacked from them; without reading the objects. */
function keptSizes(layout: Layout, infos: Infos): (paths: Iterable<StorePath>) => number {
  const unpacked = new Map<string, number>()
  for (const name of readdirSync(layout.unpacked)) {
    const size = sizeOfTree(join(layout.unpacked, name))
    unpacked.set(madeOf(name), (unpacked.get(madeOf(name)) ?? 0) + size)
  }
  const sizeOne = (path: StorePath): number => {
    const info = infos.get(path)
    const files = unpackedNames(info).reduce((sum, name) => sum + (unpacked.get(name) ?? 0), 0)
    return (info?.narSize ?? 0) + files
  }
  return (paths) => Iterator.from(paths).reduce((sum, path) => sum + sizeOne(path), 0)
}

/** Where Nix keeps the names of files that it deduplicated across objects. */
const nixLinks = '.links'

type Infos = ReadonlyMap<StorePath, PathInfo | undefined>

function reach(from: readonly StorePath[], next: (path: StorePath) => readonly StorePath[]): ReadonlySet<StorePath> {
  const found = new Set(from)
  // Iterating a set includes the items added meanwhile.
  for (const path of found) for (const target of next(path)) found.add(target)
  return found
}

function referrersIn(infos: Infos): (path: StorePath) => readonly StorePath[] {
  const referrers = new Map<StorePath, StorePath[]>()
  for (const [path, info] of infos) {
    for (const reference of info?.references ?? []) {
      const known = referrers.get(reference)
      if (known === undefined) referrers.set(reference, [path])
      else known.push(path)
    }
  }
  return (path) => referrers.get(path) ?? []
}

function isThere(place: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false }) !== undefined
}

function isRegistered(name: string, infos: Infos): boolean {
  const path = parseStorePath(name)
  return path !== undefined && infos.has(path)
}

function isMadeOf(live: ReadonlySet<StorePath>, members: readonly StorePath[] | undefined): boolean {
  return members?.every((path) => live.has(path)) ?? false
}

/** Source of a file in `unpacked/`, by its name: a digest, or an object's path. What earlier versions named otherwise has none. */
function madeOf(name: string): string {
  return /^[0-9a-f]{64}(?=\.[a-z0-9-]+-\d+$)/.exec(name)?.[0] ?? name.replace(/\.(index|outline)$/, '')
}

/** Names in `unpacked/` of files made from a live object. */
function unpackedNames(info: PathInfo | undefined): readonly string[] {
  return info === undefined ? [] : [info.path, unpackedName(info)]
}

function placesIn(folder: string, unwanted: (name: string) => boolean): readonly string[] {
  return readdirSync(folder)
    .filter(unwanted)
    .map((name) => join(folder, name))
}
