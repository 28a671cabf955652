/** Lists the members of a tar archive on disk, without reading their contents. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { TarMember } from '../../format/tar/member.ts'
import { parseTar } from '../../format/tar/parse.ts'
import type { ParseOptions } from '../../format/tar/read-member.ts'

/**
 * Lists the members of a tar archive; reads only the end of each content, so the time depends on the number of members, not on their size.
 *
 * @throws BuildError archive.invalid, tar.unsupported
 */
export function* tarMembers(file: string, options: ParseOptions = {}): Generator<TarMember> {
  const descriptor = openSync(file, 'r')
  try {
    yield* membersOf(descriptor, options)
  } finally {
    closeSync(descriptor)
  }
}

/** A few headers at a time: members are small, or their contents are skipped. */
const headerRead = 8192
const unread = new Uint8Array(1_048_576)

function* membersOf(descriptor: number, options: ParseOptions): Generator<TarMember> {
  const { size } = fstatSync(descriptor)
  const buffer = Buffer.allocUnsafeSlow(headerRead)
  const parser = parseTar(options)
  let position = 0
  let contentEnd = 0
  const next = (): Uint8Array | undefined => {
    const rest = contentEnd - position
    // The parser counts the bytes of contents without looking at them; the last one is read, so that a truncated file is detected.
    const chunk =
      rest > 1
        ? unread.subarray(0, Math.min(rest - 1, unread.length))
        : buffer.subarray(0, readSync(descriptor, buffer, { position }))
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
