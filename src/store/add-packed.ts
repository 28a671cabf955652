/** Adds the decompressed form of packed bytes to the store: small ones in this thread, large ones in another. Both are loaded on first use. */
import type { FileHash } from '../base/digest.ts'
import { openRoom } from '../base/limit.ts'
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
/** Threads that decompress at the same time. */
const mostThreads = 2

/** Prepares to decompress. */
export function openUnpacker(): Unpacker {
  const threads: Promise<UnpackThread>[] = []
  const idle: Promise<UnpackThread>[] = []
  const next = (): Promise<UnpackThread> => {
    const free = idle.pop()
    if (free !== undefined) return free
    const started = import('./unpack-thread.ts').then(({ openUnpackThread }) => openUnpackThread())
    threads.push(started)
    return started
  }
  const seats = openRoom(mostThreads)
  return {
    async write(place, file) {
      const { bytes, size, ...task } = file
      if (size < worthThread) return await writeHere(place, file)
      using _seat = await seats.enter(1)
      const thread = next()
      try {
        return await (await thread).unpack({ ...task, place }, bytes)
      } finally {
        idle.push(thread)
      }
    },
    [Symbol.dispose]() {
      for (const thread of threads) void thread.then((started) => started[Symbol.dispose]())
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
