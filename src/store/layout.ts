/**
 * Every place below the root of a store. What a Nix store has is where Nix has it (Nix manual, "Local store"); the rest is ours.
 */
import { mkdirSync } from 'node:fs'

/** Absolute places. */
export interface Layout {
  readonly root: string
  /** Objects. */
  readonly objects: string
  /** The folder of the database, and its file. */
  readonly databaseFolder: string
  readonly database: string
  readonly schema: string
  /** What must not be collected: `<hash of the result link's path>` → logical path. Read by Nix, too. */
  readonly roots: string
  /** `<hash of the result link's path>` → the result link. */
  readonly results: string
  /** Compressed layers by digest. */
  readonly blobs: string
  /** Compressed pieces of layers and archives, by encoder and digest. */
  readonly pieces: string
  /** Normalised files of packed archives, by digest and normaliser; indexes and outlines. */
  readonly unpacked: string
  /** What earlier builds learned. */
  readonly memory: string
  /** Launchers of stream scripts. */
  readonly binaries: string
  /** What shell commands need: unpacked bases, work, logs. Cache, but for the logs. */
  readonly sandbox: string
  /** Room that collecting garbage needs on a full disk. */
  readonly reserve: string
  /** What is being written; all of it is rubbish when nobody has the store open. */
  readonly temporary: string
  /** Held, shared, by whoever uses the store and, alone, by who collects garbage. */
  readonly useLock: string
  /** One byte range for each object that is being written, and one for each database that is being made. */
  readonly objectLock: string
}

/** Parts of `objectLock`, behind those of the objects, which are below 2^40. */
export const databasePart: number = 2 ** 40
export const memoryPart: number = 2 ** 40 + 1

/** The layout of the store at an absolute path. */
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

/** Where the launchers of stream scripts are, one for each format of conf.json that can be streamed. */
export function launcherPaths(root: string): readonly string[] {
  return [1, 2].map((format) => `${layoutOf(root).binaries}/slipway-${format}`)
}

/** Makes the folders that are missing. */
export function makeFolders(layout: Layout): void {
  const { objects, databaseFolder, roots, results, blobs, pieces, unpacked, binaries, temporary } = layout
  for (const folder of [objects, databaseFolder, roots, results, blobs, pieces, unpacked, binaries, temporary])
    mkdirSync(folder, { recursive: true })
}
