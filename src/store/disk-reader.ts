/** Reads a store on disk: slipway's own, or any with Nix's layout. Needs only the root's path, so a worker can open its own reader. */
import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Digest, hexOf, parseHash } from '../base/digest.ts'
import { fail, messageOf } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { narSize } from '../format/nar/write.ts'
import { diskTree } from '../tree/disk.ts'
import { type Metadata, type NodeEntry, plain } from '../tree/entry.ts'
import { file, memoryTree } from '../tree/memory.ts'
import { adjusted } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import { openMemoryToRead } from './cache/memory.ts'
import { readOutline } from './cache/outline.ts'
import { openUnpacked, type UnpackedPackage } from './cache/unpacked.ts'
import { onDiskSync } from './disk-failure.ts'
import { type Layout, layoutOf } from './layout.ts'
import { openDatabaseReadOnly, type PathDatabase } from './nix/database.ts'
import type { Unpacked } from './normaliser.ts'
import type { FlatLayout, Memory, PathInfo, StoreReader } from './store.ts'
import { logical, type StorePath } from './store-path.ts'
import { type ListedSlice, parseSlices, slicedTree } from './tar/slices.ts'
import { type IndexedTar, openTar } from './tar/tree.ts'
import { lockUse } from './use-lock.ts'

/** A reader that must be closed. */
export type OpenReader = StoreReader & Disposable

/**
 * Opens an existing store, without writing to it or locking it.
 *
 * @throws BuildError store.absent
 */
export function openReader(root: string): OpenReader {
  const layout = layoutOf(resolve(root))
  const database = openExisting(layout)
  return { ...readerOf(layout, database), [Symbol.dispose]: () => database[Symbol.dispose]() }
}

/**
 * Opens a store to read its objects, together with its memory, and protects it from collection meanwhile. The store may be read-only: then
 * nothing is remembered.
 *
 * @throws BuildError store.absent
 */
export async function openStoreToRead(
  root: string,
  options: Partial<Watch> = {},
): Promise<StoreReader & AsyncDisposable & { readonly memory: Memory }> {
  const layout = layoutOf(resolve(root))
  await using parts = new AsyncDisposableStack()
  // Without the lock file nothing collects garbage there: this is the machine's own Nix store.
  if (existsSync(layout.useLock)) parts.use(await lockUse(layout, { ...options, shared: true }))
  const reader = parts.use(openReader(root))
  const memory = parts.use(openMemoryToRead(layout.memory))
  const closing = parts.move()
  return { ...reader, memory, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

/** Queries to a store, answered from its database and its files. */
export function readerOf(layout: Layout, database: PathDatabase): StoreReader {
  const physical = (path: StorePath): string => `${layout.objects}/${path}`
  const opened = new Map<string, UnpackedPackage>()
  // Kept, since every step of a build needs the entries of every package.
  const openedAs = (path: StorePath, as: Unpacked): UnpackedPackage | undefined => {
    const known = opened.get(`${path} ${as}`)
    if (known !== undefined) return known
    const info = database.info(path)
    const found = info === undefined ? undefined : openUnpacked(unpackedPlace(layout, info, as))
    if (found !== undefined) opened.set(`${path} ${as}`, found)
    return found
  }
  const unpacked = (path: StorePath, as: Unpacked): UnpackedPackage => openedAs(path, as) ?? notUnpacked(path)
  const layerFile = (path: StorePath): IndexedTar => openTar(physical(path), `${layout.unpacked}/${path}.index`, layout)
  const slicesOf = (path: StorePath): readonly ListedSlice[] => parseSlices(readFileSync(physical(path), 'utf8'))
  const flatTree = (path: StorePath, as: FlatLayout): Tree => {
    if (as === 'slices') return slicedTree(slicesOf(path), (slice) => layerFile(slice).tree)
    return as === 'layer' ? layerFile(path).tree : unpacked(path, as).tree
  }
  const flatSize = (path: StorePath, as: FlatLayout): number => {
    if (as === 'slices') return slicesOf(path).reduce((sum, slice) => sum + layerFile(slice.path).membersSize, 0)
    return as === 'layer' ? layerFile(path).tarSize : unpacked(path, as).membersSize
  }
  return {
    root: layout.root,
    physical,
    fileSize: (file) => statSync(file, { throwIfNoEntry: false })?.size,
    info: (path) => presentInfo(database.info(path), physical(path)),
    tree: (path) => objectTree(physical(path)),
    outline: (path) => readOutline(outlinePlace(layout, path), physical(path)),
    laidOut: flatTree,
    control: (path, as) => unpacked(path, as).control(),
    parts: (path, as) => openedAs(path, as)?.parts(),
    packedSize: flatSize,
  }
}

/** Location of the outline of a NAR tree. */
export function outlinePlace(layout: Layout, path: StorePath): string {
  return `${layout.unpacked}/${path}.outline`
}

/** Location of the unpacked form of a package: `unpacked/<the archive's SHA-256>.<normaliser>`. */
export function unpackedPlace(layout: Layout, info: PathInfo, as: Unpacked): string {
  return `${layout.unpacked}/${unpackedName(info)}.${as.slice('unpacked:'.length)}`
}

/** Common name of the unpacked forms of a package, whichever normaliser made them. */
export function unpackedName(info: PathInfo): string {
  return hexOf(flatDigest(info) ?? info.narHash)
}

/** SHA-256 of a checked download's own bytes. */
function flatDigest(info: PathInfo): Digest | undefined {
  return info.contentAddress?.startsWith('fixed:sha256:') === true ? parseHash(info.contentAddress.slice(6)) : undefined
}

function notUnpacked(path: StorePath): never {
  return fail('store.not-unpacked', `${logical(path)} is not unpacked.`, {
    remedy: 'Build again; it will be unpacked again.',
    detail: { path },
  })
}

/** The object at a location on disk as a NAR tree: with a store's modes and times, whatever the disk has. */
export function objectTree(place: string): Tree {
  return adjusted(diskTree(place), storeMetadata)
}

const [readable, executable, link] = [plain(0o444), plain(0o555), plain(0o777)]

function storeMetadata(entry: NodeEntry): Metadata {
  if (entry.kind === 'directory') return executable
  if (entry.kind === 'symlink') return link
  return (entry.metadata.mode & 0o100) === 0 ? readable : executable
}

/** @throws BuildError store.object-missing */
function presentInfo(info: PathInfo | undefined, place: string): PathInfo | undefined {
  if (info === undefined) return undefined
  const stats = lstatSync(place, { throwIfNoEntry: false })
  if (stats?.isFile() === true && !isWhole(stats.size, info))
    return fail('store.object-missing', `${place} has ${stats.size} bytes, not those that were stored.`, {
      remedy: 'Remove it, run `slipway gc`, which unregisters it, and build again.',
      detail: { path: info.path },
    })
  if (stats !== undefined) return info
  return fail('store.object-missing', `${logical(info.path)} is registered in the store, but ${place} is missing.`, {
    remedy: 'Run `slipway gc`, which unregisters it, and build again.',
    detail: { path: info.path },
  })
}

/** What a NAR adds to a file, without and with permission to execute it, in bytes. */
const frames = [0o444, 0o555].map((mode) => narSize(memoryTree({ '': file('', { mode }) })))

/** Tells whether a file has the size that was stored. */
function isWhole(size: number, { narSize: stored }: PathInfo): boolean {
  return frames.includes(stored - Math.ceil(size / 8) * 8)
}

function openExisting(layout: Layout): PathDatabase {
  const { root } = layout
  if (isThere(layout.database, root)) return onDiskSync(root, () => openDatabaseReadOnly(layout.database))
  return fail('store.absent', `There is no store at ${root}.`, {
    remedy: 'Build something first, or set SLIPWAY_STORE to the right directory.',
    detail: { root },
  })
}

/** @throws BuildError store.unreadable - the store is another user's, who keeps it closed */
function isThere(database: string, root: string): boolean {
  try {
    return statSync(database, { throwIfNoEntry: false }) !== undefined
  } catch (cause) {
    return fail('store.unreadable', `The store at ${root} cannot be read: ${messageOf(cause)}.`, {
      remedy: 'Give SLIPWAY_STORE a store of your own, or have its owner open it: `chmod 755`.',
      detail: { root },
      cause,
    })
  }
}
