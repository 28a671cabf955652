/**
 * Compressed layers: `blobs/<64 hex>`, each with a `<64 hex>.members`, which lists the objects that it contains, one per line.
 *
 * Written below `tmp/`, synced, renamed. A blob without its list is garbage.
 */
import { createHash } from 'node:crypto'
import { closeSync, lstatSync, openSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, hexOf } from '../../base/digest.ts'
import { flush } from '../../base/pump.ts'
import { fileContent } from '../../tree/disk-file.ts'
import { onDisk, onDiskSync } from '../disk-failure.ts'
import type { Layout } from '../layout.ts'
import type { Blobs, BlobWriter } from '../store.ts'
import { parseStorePath, type StorePath } from '../store-path.ts'
import { temporaryPlace } from '../temporary.ts'
import { writeCache } from '../whole-file.ts'
import { writeAll } from '../write-all.ts'

const membersSuffix = '.members'

/** The blobs of a store. @throws BuildError store.disk-full, store.unwritable */
export function blobsIn(layout: Layout): Blobs {
  return {
    get: (digest) => {
      const file = join(layout.blobs, hexOf(digest))
      const stats = lstatSync(file, { throwIfNoEntry: false })
      return stats?.isFile() === true ? fileContent(file, stats.size) : undefined
    },
    create: () => onDiskSync(layout.root, () => blobWriter(layout)),
  }
}

/** Objects in the blob `name` (64 hex); undefined if unknown. */
export function membersOf(layout: Layout, name: string): readonly StorePath[] | undefined {
  try {
    const lines = readFileSync(join(layout.blobs, name + membersSuffix), 'utf8').split('\n')
    const members = lines.map(parseStorePath).filter((path) => path !== undefined)
    return members.length === lines.length ? members : undefined
  } catch {
    return undefined
  }
}

/** Name of the blob that a file in the directory belongs to. */
export function blobNameOf(file: string): string {
  return file.endsWith(membersSuffix) ? file.slice(0, -membersSuffix.length) : file
}

function blobWriter(layout: Layout): BlobWriter {
  const unfinished = temporaryPlace(layout.temporary)
  const file = unfinished.place
  const descriptor = openSync(file, 'wx', 0o644)
  const hash = createHash('sha256')
  let size = 0
  let open = true
  return {
    file,
    write: (chunk) =>
      onDiskSync(layout.root, () => {
        writeAll(descriptor, chunk)
        hash.update(chunk)
        size += chunk.length
      }),
    commit: (members) =>
      onDisk(layout.root, async () => {
        const digest: Digest = `sha256:${hash.digest('hex')}`
        const last = join(layout.blobs, hexOf(digest))
        await flush(descriptor)
        const list = Buffer.from([...members].sort().join('\n'), 'utf8')
        writeCache(last + membersSuffix, (to) => writeAll(to, list), layout)
        renameSync(file, last)
        return { digest, size }
      }),
    [Symbol.dispose]: () => {
      if (!open) return
      open = false
      closeSync(descriptor)
      unfinished[Symbol.dispose]()
    },
  }
}
