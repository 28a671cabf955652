/**
 * Our store: a real Nix store in a folder, safe for several processes and against being killed at any moment.
 *
 * An object is written below `tmp/`, renamed into place and only then registered; what is in place but not registered was left by
 * somebody killed, and is made again. One process at a time writes an object. Trees are not synced to the disk, as in Nix: after a power
 * failure `nix-store --verify --check-contents` tells. Nobody may run Nix's own collector while slipway is at work.
 */
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fail } from '../base/error.ts'
import { parseNix32 } from '../base/nix32.ts'
import { writeNar } from '../format/nar/write.ts'
import type { Tree } from '../tree/tree.ts'
import { writeFlatFile } from './add-file.ts'
import { copiedTree } from './copied-tree.ts'
import { openDatabase, schemaVersion, type WritableDatabase } from './database.ts'
import { onDisk } from './disk-failure.ts'
import { readerOf } from './disk-reader.ts'
import { type Layout, layoutOf, makeFolders } from './layout.ts'
import { lock } from './lock.ts'
import { openMemory } from './memory.ts'
import { type NarSummary, narDigest } from './nar-digest.ts'
import { objectWriter, seal } from './object-writer.ts'
import { removeTree } from './remove.ts'
import { keepResult } from './results.ts'
import type { PathInfo, Store, StoreReader } from './store.ts'
import { contentAddress, hashPart, logical, type StorePath } from './store-path.ts'

/** How a store is opened. */
export interface StoreOptions {
  /** Stops waiting for whoever collects garbage or writes the same object. */
  readonly signal?: AbortSignal
}

/** Opens the store at `root`; it is made when it is not there. @throws BuildError store.unwritable, store.disk-full */
export async function openStore(root: string, options: StoreOptions = {}): Promise<Store> {
  const layout = layoutOf(resolve(root))
  return onDisk(layout.root, async () => {
    makeFolders(layout)
    using parts = new DisposableStack()
    parts.use(await lock(layout.useLock, { ...options, shared: true }))
    const database = parts.use(openDatabase(layout.database))
    writeFileSync(layout.schema, schemaVersion)
    const memory = parts.use(openMemory(layout.memory))
    const closing = parts.move()
    const reader = readerOf(layout, database)
    const shelf: Shelf = { layout, database, reader, options, making: new Map() }
    return {
      ...reader,
      memory,
      add: (path, tree, how) => addTree(shelf, path, { ...how, tree }),
      addFile: (path, bytes, how) =>
        make(shelf, path, async (place) => ({
          ...(await writeFlatFile(place, { ...how, path, bytes })),
          ...(how.fixed === undefined ? {} : { contentAddress: contentAddress('fixed', how.fixed) }),
        })),
      import: async () => fail('argument.invalid', 'not yet', { remedy: '' }),
      unpack: async () => fail('argument.invalid', 'not yet', { remedy: '' }),
      keep: (link, path) => onDisk(layout.root, async () => keepResult(layout, link, path)),
      [Symbol.asyncDispose]: async () => closing.dispose(),
    }
  })
}

/** What making an object needs. */
interface Shelf {
  readonly layout: Layout
  readonly database: WritableDatabase
  readonly reader: StoreReader
  readonly options: StoreOptions
  /** What this process is making at the moment. */
  readonly making: Map<StorePath, Promise<PathInfo>>
}

type Made = NarSummary & Partial<Pick<PathInfo, 'contentAddress' | 'deriver' | 'signatures'>>

/** The object at `path`, made by `work` at a temporary place unless it is there or being made. */
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
  const folder = mkdtempSync(`${layout.temporary}/`)
  try {
    const place = `${folder}/${path}`
    const info: PathInfo = { path, signatures: [], ...(await work(place)) }
    const last = reader.physical(path)
    removeTree(last)
    renameSync(place, last)
    seal(last)
    database.register([info])
    return info
  } finally {
    removeTree(folder)
  }
}

/** Which part of the lock's file stands for an object: 40 bits of its hash. */
function lockPart(path: StorePath): number {
  return Buffer.from(parseNix32(hashPart(path)) ?? []).readUIntBE(0, 5)
}

interface AddTree {
  readonly tree: Tree
  readonly candidates: readonly StorePath[]
  readonly contentAddress?: string
}

async function addTree(
  shelf: Shelf,
  path: StorePath,
  { tree, candidates, contentAddress: address }: AddTree,
): Promise<PathInfo> {
  return make(shelf, path, async (place) => {
    const digest = narDigest(candidates)
    for (const chunk of writeNar(copiedTree(tree, objectWriter(place)))) digest.push(chunk)
    const summary = digest.summary()
    if (address === undefined) return summary
    if (address.startsWith('fixed:r:') && address !== contentAddress('fixed:r', summary.narHash)) changed(path)
    return { ...summary, contentAddress: address }
  })
}

function changed(path: StorePath): never {
  return fail('content.changed', `What is to become ${logical(path)} changed while the build ran.`, {
    remedy: 'Build again, and change no file while it runs.',
    detail: { path },
  })
}
