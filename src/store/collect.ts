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
import { keptFor, lockedPaths } from './cache/used-locks.ts'
import { onDisk } from './disk-failure.ts'
import { unpackedName } from './disk-reader.ts'
import { batches } from './forgetting.ts'
import { dropRoot, type Root, rootsOf } from './gc-roots.ts'
import { type Layout, layoutOf, makeFolders } from './layout.ts'
import { openDatabaseAlone, type PathDatabase, type WritableDatabase } from './nix/database.ts'
import { nixRoots } from './nix/roots.ts'
import { removeTree, sizeOfTree } from './remove.ts'
import { withoutReserve } from './reserve.ts'
import type { PathInfo } from './store.ts'
import { parseStorePath, type StorePath } from './store-path.ts'
import { lockUse } from './use-lock.ts'

/** Options of a collection. */
export interface CollectOptions {
  /** Current time in Unix seconds: objects named by locks used in the 30 days before it are kept. */
  readonly now: number
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
  /** Total size of the removed files, in bytes. */
  readonly bytes: number
}

/** Collects the garbage of the store at `root`. @throws BuildError store.unwritable */
export async function collectGarbage(root: string, options: CollectOptions): Promise<Collected> {
  const layout = layoutOf(resolve(root))
  if (!existsSync(layout.database)) return { objects: [], others: [], bytes: 0 }
  return onDisk(layout.root, async () => {
    makeFolders(layout)
    using _alone = await lockUse(layout, { ...options, shared: false })
    using database = openDatabaseAlone(layout.database)
    using memory = openMemoryAlone(layout.memory)
    const keep = [
      ...(options.keep ?? []),
      ...lockedPaths(memory, options.now),
      ...nixRoots(layout.nixRoots, layout.roots),
    ]
    const garbage = findGarbage(layout, database, { keep, usedSince: options.now - keptFor })
    const bytes = options.dryRun === true ? sizeOf(garbage, layout) : remove(garbage, layout, database)
    const others = garbage.others.map((place) => place.slice(layout.root.length + 1)).sort()
    return { objects: garbage.objects, others, bytes }
  })
}

function sizeOf({ objects, others }: Garbage, layout: Layout): number {
  const places = [...others, ...objects.map((path) => join(layout.objects, path))]
  return places.reduce((bytes, place) => bytes + sizeOfTree(place), 0)
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
}

function findGarbage(
  layout: Layout,
  database: PathDatabase,
  { keep, usedSince }: { readonly keep: readonly StorePath[]; readonly usedSince: number },
): Garbage {
  const infos = new Map(database.paths().map((path) => [path, database.info(path)]))
  const missing = [...infos.keys()].filter((path) => !isThere(join(layout.objects, path)))
  const broken = reach(missing, referrersIn(infos))
  const roots = rootsOf(layout)
  const stands = ({ path, held }: Root): boolean => held && path !== undefined && infos.has(path) && !broken.has(path)
  const kept = [...roots.filter(stands).flatMap(({ path }) => path ?? []), ...keep]
  const live = reach(
    kept.filter((path) => infos.has(path) && !broken.has(path)),
    (path) => infos.get(path)?.references ?? [],
  )
  const unpacked = new Set([...live].flatMap((path) => unpackedNames(infos.get(path))))
  return {
    roots: roots.filter((root) => !stands(root)),
    objects: [...infos.keys()].filter((path) => !live.has(path)),
    others: [
      ...placesIn(layout.temporary, () => true),
      ...placesIn(layout.objects, (name) => name !== nixLinks && !isRegistered(name, infos)),
      ...placesIn(layout.blobs, (name) => !isMadeOf(live, membersOf(layout, blobNameOf(name)))),
      // Without a live object there is nothing that the pieces belong to.
      ...surplusPieces(layout, { most: live.size === 0 ? 0 : mostBytes, usedSince }),
      ...placesIn(layout.unpacked, (name) => !unpacked.has(madeOf(name))),
    ],
  }
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

/** Source of a file in `unpacked/`, by its name: a digest, or an object's path. */
function madeOf(name: string): string {
  return /^[0-9a-f]{64}(?=\.)/.exec(name)?.[0] ?? name.replace(/\.(index|outline)$/, '')
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
