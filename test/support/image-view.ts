/** Contents of an image file, as plain data that tests compare: read by slipway's own reader into a temporary store. */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { gather } from '../../src/base/bytes.ts'
import { unwatched } from '../../src/base/event.ts'
import type { ImageConfig } from '../../src/format/oci.ts'
import { layerFile } from '../../src/image/base.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { writeDockerArchive } from '../../src/transport/archive.ts'
import { readImage } from '../../src/transport/read-image.ts'
import { type Entry, hasMetadata } from '../../src/tree/entry.ts'
import { overlay } from '../../src/tree/overlay.ts'
import { show } from '../../src/tree/path.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { checkImage } from './image-check.ts'
import { rootLayer } from './sample-image.ts'
import { inFolder } from './workshop.ts'

/** Path without "/" at the front → "directory 755 0:0", "file 644 0:0 text", "symlink 777 0:0 target", "whiteout" … */
export type FileView = ReadonlyMap<string, string>

export interface ImageView {
  readonly config: ImageConfig
  readonly names: readonly string[]
  readonly diffIds: readonly string[]
  /** Each layer on its own, bottom first. */
  readonly layers: readonly FileView[]
  /** The view of a container. */
  readonly files: FileView
}

/** Checks and reads an image that slipway made. */
export async function viewOf(file: string): Promise<ImageView> {
  await checkImage(file)
  return inFolder(async (folder) => {
    await using store = await openStore(join(folder, 'store'))
    const { config, names, layers } = await readImage(file, { store, watch: unwatched })
    const trees = layers.map(({ diffId }) => store.laidOut(layerFile(diffId), 'layer'))
    return {
      config: config.value,
      names,
      diffIds: layers.map(({ diffId }) => diffId),
      layers: trees.map(filesOf),
      files: filesOf(overlay(trees)),
    }
  })
}

/** A base image to write. */
export interface BaseSpec {
  /** Bottom first. */
  readonly layers: readonly Tree[]
  readonly names?: readonly string[]
  readonly config?: Partial<ImageConfig>
}

/** Writes an image as a docker-archive. */
export async function writeBase(file: string, { layers, names = ['base:1'], config = {} }: BaseSpec): Promise<void> {
  await inFolder(async (folder) => {
    await using store = await openStore(join(folder, 'store'))
    const {
      history,
      rootfs: _layers,
      ...rest
    } = {
      created: '2020-01-02T03:04:05Z',
      architecture: 'amd64',
      os: 'linux',
      ...config,
    }
    const plan = {
      layers: await Array.fromAsync(layers, (tree) => rootLayer(store, tree)),
      config: rest,
      names,
      ...(history === undefined ? {} : { history }),
    }
    const output = openSync(file, 'w')
    await writeDockerArchive(plan, { store, watch: unwatched, output })
    closeSync(output)
  })
}

function filesOf(tree: Tree): FileView {
  return new Map(Iterator.from(tree.entries()).map((entry) => [show(entry.path), described(entry)]))
}

function described(entry: Entry): string {
  if (!hasMetadata(entry)) return entry.kind === 'hardlink' ? `hardlink ${show(entry.target)}` : entry.kind
  const { mode, uid, gid } = entry.metadata
  const words = [entry.kind, mode.toString(8), `${uid}:${gid}`]
  if (entry.kind === 'symlink') words.push(entry.target)
  if (entry.kind === 'file') words.push(Buffer.from(gather(entry.content.open())).toString('utf8'))
  return words.join(' ')
}
