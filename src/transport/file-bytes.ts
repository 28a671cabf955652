/** Parts of files as content, and the members of a tar archive on disk without reading what they contain. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { LocalContent } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import type { TarMember } from '../format/tar/member.ts'
import { parseTar } from '../format/tar/parse.ts'

const largestRead = 1_048_576

/** A range of a file. @throws BuildError content.changed - when it is opened and the file has become shorter */
export function fileBytes(file: string, offset: number, size: number): LocalContent {
  return {
    size,
    at: { file, offset },
    *open() {
      using opened = openFile(file)
      for (let done = 0; done < size; ) {
        const chunk = opened.read(offset + done, Math.min(largestRead, size - done))
        if (chunk.length === 0) {
          fail('content.changed', `${file} has become shorter.`, {
            remedy: 'Change no file while slipway reads it, and run again.',
          })
        }
        done += chunk.length
        yield chunk
      }
    },
  }
}

/** The first bytes of a file. */
export function headOf(file: string, size: number): Uint8Array {
  using opened = openFile(file)
  return opened.read(0, size)
}

/**
 * The members of a tar archive; of contents only the ends are read, so an archive of any size takes as long as it has members.
 *
 * @throws BuildError archive.invalid, tar.unsupported
 */
export function* tarMembers(file: string): Generator<TarMember> {
  using opened = openFile(file)
  const size = statSync(file).size
  const parser = parseTar()
  let position = 0
  let contentEnd = 0
  const next = (): Uint8Array | undefined => {
    const rest = contentEnd - position
    // The parser counts the bytes of contents and does not look at them; their last one is read, so that a cut-off file is noticed.
    const chunk = rest > 1 ? unread.subarray(0, Math.min(rest - 1, unread.length)) : opened.read(position, headerRead)
    position += chunk.length
    return chunk.length === 0 ? undefined : chunk
  }
  for (let step = parser.next(); step.done !== true; ) {
    const event = step.value
    if (event === 'pull') {
      step = parser.next(next())
      continue
    }
    if (!(event instanceof Uint8Array)) {
      contentEnd = Math.min(event.contentOffset + event.size, size)
      yield event
    }
    step = parser.next()
  }
}

/** A few headers at a time: members are small, or their contents are passed over. */
const headerRead = 8192
const unread = new Uint8Array(largestRead)

interface OpenFile extends Disposable {
  /** Up to `size` bytes; fewer only at the file's end. */
  read(position: number, size: number): Uint8Array
}

function openFile(file: string): OpenFile {
  const descriptor = openSync(file, 'r')
  return {
    read(position, size) {
      const buffer = Buffer.allocUnsafe(size)
      let done = 0
      while (done < size) {
        const count = readSync(descriptor, buffer, done, size - done, position + done)
        if (count === 0) break
        done += count
      }
      return buffer.subarray(0, done)
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}
