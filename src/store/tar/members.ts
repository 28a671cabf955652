/** The members of a tar archive on disk, without reading what they contain. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { TarMember } from '../../format/tar/member.ts'
import { parseTar } from '../../format/tar/parse.ts'
import type { ParseOptions } from '../../format/tar/read-member.ts'

/**
 * The members of a tar archive; of contents only the ends are read, so an archive of any size takes as long as it has members.
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

/** A few headers at a time: members are small, or their contents are passed over. */
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
    // The parser counts the bytes of contents and does not look at them; their last one is read, so that a cut-off file is noticed.
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
