/**
 * Every location below the root of a store. The parts of a Nix store are where Nix has them (Nix manual, "Local store"); the rest is
 * slipway's own.
 */
import { makeDirectories } from './make-directories.ts'

/** Absolute paths. */
export interface Layout {
  readonly root: string
  /** Objects. */
  readonly objects: string
  /** Directory of the database, and its file. */
  readonly databaseFolder: string
  readonly database: string
  readonly schema: string
  /** Garbage collector roots: `<hash of the result link's path>` → logical path. Read by Nix, too. */
  readonly roots: string
  /** `<hash of the result link's path>` → the result link. */
  readonly results: string
  /** Nix's own roots and profiles, where Nix uses the store, too. */
  readonly nixRoots: readonly string[]
  /** Compressed layers by digest. */
  readonly blobs: string
  /** Compressed pieces of layers and archives, by encoder and digest. */
  readonly pieces: string
  /** Normalised files of packed archives, by digest and normaliser; indexes and outlines. */
  readonly unpacked: string
  /** Results remembered from earlier builds. */
  readonly memory: string
  /** Launchers of stream scripts. */
  readonly binaries: string
  /** Files of the command sandbox: unpacked bases, work, logs. Cache, except for the logs. */
  readonly sandbox: string
  /** Space reserved for garbage collection on a full disk. */
  readonly reserve: string
  /** Files being written; all of it is garbage when no process has the store open. */
  readonly temporary: string
  /** Locked, shared, by each user of the store and, exclusively, by a garbage collector. */
  readonly useLock: string
  /** One byte range for each object that is being written, and one for each database that is being created. */
  readonly objectLock: string
}

/** Ranges of `objectLock`, after those of the objects, which are below 2^40. */
export const databasePart: number = 2 ** 40
export const memoryPart: number = 2 ** 40 + 1

/** Layout of the store at an absolute path. */
export function layoutOf(root: string): Layout {
  const top = root === '/' ? '' : root
  const state = `${top}/nix/var/nix`
  return {
    root,
    objects: `${top}/nix/store`,
    databaseFolder: `${state}/db`,
    database: `${state}/db/db.sqlite`,
    schema: `${state}/db/schema`,
    roots: `${state}/gcroots/slipway`,
    results: `${top}/results`,
    nixRoots: [`${state}/gcroots`, `${state}/profiles`],
    blobs: `${top}/blobs`,
    pieces: `${top}/pieces`,
    unpacked: `${top}/unpacked`,
    memory: `${top}/slipway.sqlite`,
    binaries: `${top}/bin`,
    sandbox: `${top}/sandbox`,
    reserve: `${top}/reserve`,
    temporary: `${top}/tmp`,
    useLock: `${top}/use.lock`,
    objectLock: `${top}/objects.lock`,
  }
}

/** Locations of the launchers of stream scripts, one for each format of conf.json that can be streamed. */
export function launcherPaths(root: string): readonly string[] {
  return [1, 2].map((format) => `${layoutOf(root).binaries}/slipway-${format}`)
}

/** Creates the missing directories. A new store is closed to others, since sources and images may be private. */
export function makeFolders(layout: Layout): void {
  makeDirectories(layout.root, 0o700)
  const { objects, databaseFolder, roots, results, blobs, pieces, unpacked, binaries, temporary } = layout
  for (const folder of [objects, databaseFolder, roots, results, blobs, pieces, unpacked, binaries, temporary])
    makeDirectories(folder)
}
