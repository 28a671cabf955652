/**
 * slipway's own store: a real Nix store in a directory, safe for several processes and against being killed at any moment.
 *
 * An object is written below `tmp/`, renamed into place and only then registered; an unregistered object was left by a killed process, and
 * is made again. One process at a time writes an object. Trees are not synced to disk, as in Nix: after a power failure `nix-store --verify
 * --check-contents` finds damage. Do not run Nix's own collector while slipway is at work.
 */
import { chmodSync, existsSync, lstatSync, readFileSync, renameSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Bytes } from '../base/bytes.ts'
import { sameDigest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { parseNix32 } from '../base/nix32.ts'
import type { Tree } from '../tree/tree.ts'
import { writeFlatFile } from './add-file.ts'
import { openUnpacker } from './add-packed.ts'
import { writeTree } from './add-tree.ts'
import { blobsIn } from './cache/blobs.ts'
import { openMemory } from './cache/memory.ts'
import { writeOutline } from './cache/outline.ts'
import { piecesIn } from './cache/pieces.ts'
import { openUnpacked } from './cache/unpacked.ts'
import { onDisk } from './disk-failure.ts'
import { objectTree, outlinePlace, readerOf, unpackedPlace } from './disk-reader.ts'
import { keepResult } from './gc-roots.ts'
import { databasePart, type Layout, layoutOf, makeFolders, memoryPart } from './layout.ts'
import { lock } from './lock.ts'
import { openDatabase, schemaVersion, type WritableDatabase } from './nix/database.ts'
import type { NarSummary } from './nix/nar-digest.ts'
import { writeObject } from './nix/write-object.ts'
import { type Normaliser, unpackedBy } from './normaliser.ts'
import { removeTree } from './remove.ts'
import { keepReserve } from './reserve.ts'
import type { FixedTree, PathInfo, Store, StoreReader } from './store.ts'
import { contentAddress, hashPart, logical, type StorePath } from './store-path.ts'
import { removeAbandoned, temporaryDirectory, temporaryPlace } from './temporary.ts'
import { unpackArchive } from './unpack.ts'
import { lockUse } from './use-lock.ts'
import { replaceFile } from './whole-file.ts'

/** How to open a store: `signal` cancels waiting for a process that collects garbage or writes the same object. */
export type StoreOptions = Partial<Watch>

/** Opens the store at `root`, creating it if necessary. @throws BuildError store.unwritable, store.disk-full */
export async function openStore(root: string, options: StoreOptions = {}): Promise<Store> {
  const shared = layoutOf(resolve(root))
  return onDisk(shared.root, async () => {
    makeFolders(shared)
    using parts = new DisposableStack()
    parts.use(await lockUse(shared, { ...options, shared: true }))
    removeAbandoned(shared.temporary)
    const layout = { ...shared, temporary: parts.use(temporaryDirectory(shared.temporary)).place }
    keepReserve(layout)
    const database = parts.use(
      await openDatabase(layout.database, { ...options, lockFile: layout.objectLock, part: databasePart }),
    )
    if (!isSchema(layout.schema)) replaceFile(layout.schema, Buffer.from(schemaVersion, 'utf8'), layout)
    const memory = parts.use(
      await openMemory(layout.memory, { ...options, lockFile: layout.objectLock, part: memoryPart }),
    )
    const pieces = parts.use(piecesIn(layout))
    const unpacker = parts.use(openUnpacker())
    const closing = parts.move()
    const reader = readerOf(layout, database)
    const shelf: Shelf = { layout, database, reader, options, making: new Map() }
    return {
      ...reader,
      memory,
      blobs: blobsIn(layout),
      pieces,
      add: (path, tree, how) => addTree(shelf, path, { ...how, tree }),
      addFile: (path, bytes, how) =>
        make(shelf, path, async (place) => ({
          ...(await writeFlatFile(place, { ...how, path, bytes })),
          ...(how.fixed === undefined ? {} : { contentAddress: contentAddress('fixed', how.fixed) }),
        })),
      addPacked: (path, packed, { fixed }) =>
        make(shelf, path, async (place) => ({
          ...(await unpacker.write(place, { ...packed, path, fixed })),
          contentAddress: contentAddress('fixed', fixed),
        })),
      addFixed: (path, file) => addFixed(shelf, path, file),
      import: (info, nar) => importNar(shelf, info, nar),
      unpack: (path, normaliser) => unpack(shelf, path, normaliser),
      keep: (link, path) => onDisk(layout.root, async () => keepResult(layout, link, path)),
      [Symbol.asyncDispose]: async () => closing.dispose(),
    }
  })
}

function isSchema(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8') === schemaVersion
}

/** What making an object needs. */
interface Shelf {
  readonly layout: Layout
  readonly database: WritableDatabase
  readonly reader: StoreReader
  readonly options: StoreOptions
  /** Objects that this process is making at the moment. */
  readonly making: Map<StorePath, Promise<PathInfo>>
}

type Made = NarSummary & Partial<Pick<PathInfo, 'contentAddress' | 'deriver' | 'signatures'>>

/** Makes the object at `path`, by `work` at a temporary location, unless it exists or is being made. */
async function make(shelf: Shelf, path: StorePath, work: (place: string) => Promise<Made>): Promise<PathInfo> {
  const present = shelf.reader.info(path) ?? shelf.making.get(path)
  if (present !== undefined) return present
  const making = onDisk(shelf.layout.root, () => makeAlone(shelf, path, work))
  shelf.making.set(path, making)
  try {
    return await making
  } finally {
    shelf.making.delete(path)
  }
}

async function makeAlone(
  { layout, database, reader, options }: Shelf,
  path: StorePath,
  work: (place: string) => Promise<Made>,
): Promise<PathInfo> {
  using _alone = await lock(layout.objectLock, { ...options, part: lockPart(path) })
  const present = reader.info(path)
  if (present !== undefined) return present
  using unfinished = temporaryPlace(layout.temporary)
  const { place } = unfinished
  const info: PathInfo = { path, signatures: [], ...(await work(place)) }
  const last = reader.physical(path)
  moveIntoPlace(place, last)
  register(database, info, last)
  return info
}

/** Range of the lock file for an object: 40 bits of its hash. */
function lockPart(path: StorePath): number {
  return Buffer.from(parseNix32(hashPart(path)) ?? []).readUIntBE(0, 5)
}

/** Makes a NAR tree and its outline. */
async function makeTree(shelf: Shelf, path: StorePath, work: (place: string) => Promise<Made>): Promise<PathInfo> {
  return make(shelf, path, async (place) => {
    const made = await work(place)
    writeOutline({ path, tree: objectTree(place) }, outlinePlace(shelf.layout, path), shelf.layout)
    return made
  })
}

interface AddTree {
  readonly tree: Tree
  readonly candidates: readonly StorePath[]
  readonly contentAddress?: string
  readonly similar?: StorePath
}

/** Tells whether an object is registered and there; a registered one may have been deleted by hand. */
function isStored(reader: Shelf['reader'], path: StorePath): boolean {
  return existsSync(reader.physical(path)) && reader.info(path) !== undefined
}

async function addTree(shelf: Shelf, path: StorePath, how: AddTree): Promise<PathInfo> {
  const { reader } = shelf
  const similar = how.similar !== undefined && isStored(reader, how.similar) ? how.similar : undefined
  return makeTree(shelf, path, async (place) => {
    const found = writeTree(place, how.tree, {
      candidates: how.candidates,
      similar: similar === undefined ? undefined : reader.physical(similar),
    })
    const address = how.contentAddress
    if (address === undefined) return found
    if (address.startsWith('fixed:r:') && address !== contentAddress('fixed:r', found.narHash)) changed(path)
    return { ...found, contentAddress: address }
  })
}

async function importNar(shelf: Shelf, info: PathInfo, nar: Bytes): Promise<void> {
  await makeTree(shelf, info.path, async (place) => {
    const found = await writeObject(place, nar, [])
    if (!sameDigest(found.narHash, info.narHash) || found.narSize !== info.narSize) notAsSaid(info, found)
    return info
  })
}

async function addFixed(shelf: Shelf, path: StorePath, file: FixedTree): Promise<PathInfo> {
  const { writeFixedTree } = await import('./add-fixed.ts')
  return makeTree(shelf, path, async (place) => ({
    ...(await writeFixedTree(place, path, { ...file, temporary: shelf.layout.temporary })),
    contentAddress: contentAddress('fixed:r', file.fixed),
  }))
}

/** Removes an object that cannot be registered. */
function register(database: WritableDatabase, info: PathInfo, place: string): void {
  try {
    database.register([info])
  } catch (error) {
    removeTree(place)
    throw error
  }
}

async function unpack({ layout, reader, options }: Shelf, path: StorePath, normaliser: Normaliser): Promise<void> {
  const info = reader.info(path)
  if (info === undefined) throw new Error(`unreachable: ${path} is unpacked before it is added`)
  const target = unpackedPlace(layout, info, unpackedBy(normaliser))
  if (openUnpacked(target) !== undefined) return
  await onDisk(layout.root, async () => {
    using _alone = await lock(layout.objectLock, { ...options, part: lockPart(path) })
    if (openUnpacked(target) !== undefined) return
    await unpackArchive(reader.physical(path), normaliser, { target, temporary: layout.temporary })
  })
}

/** A directory without write permission cannot be moved: it is made writable, and read-only again once it is in place. */
function moveIntoPlace(place: string, last: string): void {
  removeTree(last)
  const isDirectory = lstatSync(place).isDirectory()
  if (isDirectory) chmodSync(place, 0o755)
  renameSync(place, last)
  if (isDirectory) chmodSync(last, 0o555)
}

function changed(path: StorePath): never {
  return fail('content.changed', `The source of ${logical(path)} changed during the build.`, {
    remedy: 'Build again, without changing files meanwhile.',
    detail: { path },
  })
}

function notAsSaid(info: PathInfo, found: NarSummary): never {
  return fail(
    'store.import-mismatch',
    `${logical(info.path)} should be a NAR of ${info.narSize} bytes with the hash ${info.narHash}, but is one of ${found.narSize} bytes with ${found.narHash}.`,
    {
      remedy: 'Report this to the owner of the cache that it came from, or use another cache.',
      detail: { path: info.path },
    },
  )
}
