/** Adds the decompressed form of packed bytes to the store: small ones in this thread, large ones in another. Both are loaded on first use. */
import type { FileHash } from '../base/digest.ts'
import type { NarSummary } from './nix/nar-digest.ts'
import type { Packed } from './store.ts'
import type { StorePath } from './store-path.ts'
import type { UnpackThread } from './unpack-thread.ts'

/** Packed bytes, and the object that they become. */
export interface PackedFile extends Packed {
  readonly path: StorePath
  /** Expected hash of the decompressed file. */
  readonly fixed: FileHash
}

/** Decompresses files; disposing of it stops its thread. */
export interface Unpacker extends Disposable {
  /** Writes the decompressed form to `place`. @throws BuildError compression.*, archive.bomb, store.hash-mismatch */
  write(place: string, file: PackedFile): Promise<NarSummary>
}

/** Size of packed bytes that are worth another thread. */
const worthThread = 1_048_576

/** Prepares to decompress. */
export function openUnpacker(): Unpacker {
  let thread: Promise<UnpackThread> | undefined
  return {
    async write(place, file) {
      const { bytes, size, ...task } = file
      if (size < worthThread) return await writeHere(place, file)
      thread ??= import('./unpack-thread.ts').then(({ openUnpackThread }) => openUnpackThread())
      return await (await thread).unpack({ ...task, place }, bytes)
    },
    [Symbol.dispose]() {
      void thread?.then((started) => started[Symbol.dispose]())
    },
  }
}

async function writeHere(place: string, { path, kind, bytes, name, limit, fixed }: PackedFile): Promise<NarSummary> {
  const [{ decompress }, { writeFlatFile }] = await Promise.all([
    import('../format/compression.ts'),
    import('./add-file.ts'),
  ])
  return await writeFlatFile(place, {
    path,
    bytes: decompress(kind, bytes, { name, limit, chunks: 'lent' }),
    fixed,
    candidates: [],
  })
}
