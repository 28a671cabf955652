/** Writes a tar archive and finds its index on the way; contents are copied by ranges from one file, never held. */
import { closeSync, openSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { blockSize, type TarForm } from '../format/tar/member.ts'
import { tarPieces } from '../format/tar/write.ts'
import type { Entry } from '../tree/entry.ts'
import { formatTarIndex } from './tar-index.ts'
import { writeAll } from './write-all.ts'

/** Relative names, no padding behind the two blocks of zeros. */
export const form: TarForm = { names: 'relative', end: 'blocks' }
const endOfArchive = 2 * blockSize

/** Writes the archive of entries whose content lies in the file `from`, and gives its index. */
export async function writeIndexed(entries: Iterable<Entry>, from: string, file: string): Promise<Uint8Array> {
  const normal = [...entries]
  const offsets: number[] = []
  let size = 0
  let breath = 0
  const source = openSync(from, 'r')
  const target = openSync(file, 'wx', 0o644)
  try {
    for (const piece of tarPieces(normal, form, (offset) => offsets.push(offset))) {
      if (piece instanceof Uint8Array) size += writeAll(target, piece)
      else size += copyRange(source, target, { offset: piece.at.offset, size: piece.size })
      // Decoders of other packages wait for this thread: it lets them go on now and then.
      if (size - breath > breathSize) {
        await setImmediate()
        breath = size
      }
    }
  } finally {
    closeSync(source)
    closeSync(target)
  }
  return formatTarIndex(normal, { tarSize: size, membersSize: size - endOfArchive }, offsets)
}

const breathSize = 4_194_304
const buffer = Buffer.allocUnsafeSlow(1_048_576)

function copyRange(
  from: number,
  to: number,
  { offset, size }: { readonly offset: number; readonly size: number },
): number {
  for (let done = 0; done < size; ) {
    const read = readSync(from, buffer, { position: offset + done, length: Math.min(buffer.length, size - done) })
    if (read === 0) throw new Error('unreachable: a file that was just written is too short')
    done += writeAll(to, buffer.subarray(0, read))
  }
  return size
}
