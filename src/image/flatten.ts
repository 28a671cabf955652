/**
 * Flattens an image into one root file system, as a container sees it, and into an archive of it.
 *
 * Nothing is unpacked: layers are merged by their indexes, and contents are read from the store by offset when the archive is written.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Watch } from '../base/event.ts'
import type { TarForm } from '../format/tar/member.ts'
import { tarPieces, tarSize } from '../format/tar/write.ts'
import { layerTree } from '../layer/tree/layer-tree.ts'
import { filledBuffers } from '../store/piece-reader.ts'
import type { StoreReader } from '../store/store.ts'
import { overlay } from '../tree/overlay.ts'
import type { Tree } from '../tree/tree.ts'
import type { ImagePlan } from './image.ts'

/** Returns the files of an image. @throws BuildError tree.link-missing */
export function flattened({ layers }: Pick<ImagePlan, 'layers'>, store: StoreReader): Tree {
  return overlay(layers.map(({ recipe }) => layerTree(store, recipe)))
}

/** Uncompressed tar archive of known size, in bytes. */
export interface RootArchive {
  readonly size: number
  /** Yields the bytes. @param chunks - "lent": each chunk is valid until the next is requested. */
  bytes(watch: Watch, chunks: 'owned' | 'lent'): AsyncIterable<Uint8Array>
}

/** Returns the archive of a root file system: sorted, with `./` before every name, as `tar -C root -c .` writes it. */
export function rootArchive(tree: Tree): RootArchive {
  const size = tarSize(tree.entries(), form)
  return { size, bytes: (watch, chunks) => archiveBytes(tree, { watch, chunks, size }) }
}

const form: TarForm = { names: 'dotted', end: 'record' }
const bufferSize = 1_048_576
/** About 10 ms of work: often enough for progress and for Ctrl-C. */
const turnBytes = 16 * bufferSize

async function* archiveBytes(
  tree: Tree,
  { watch, chunks, size }: { readonly watch: Watch; readonly chunks: 'owned' | 'lent'; readonly size: number },
): AsyncGenerator<Uint8Array> {
  let buffer = new Uint8Array(bufferSize)
  let done = 0
  let reported = 0
  const take = (): Uint8Array => {
    if (chunks === 'owned') buffer = new Uint8Array(bufferSize)
    return buffer
  }
  for (const filled of filledBuffers(tarPieces(tree.entries(), form), take)) {
    yield buffer.subarray(0, filled)
    done += filled
    if (done - reported < turnBytes && done < size) continue
    reported = done
    watch.report({ at: 'write', subject: 'root file system', done, total: size })
    await turn()
    watch.signal.throwIfAborted()
  }
}
