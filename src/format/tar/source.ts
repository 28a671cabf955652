/**
 * Feeds an archive's bytes to its parser: re-chunks the input and counts it.
 */
import { invalid, type TarMember } from './member.ts'

/** A parser event: "pull" requests the next chunk (undefined at the end); a member; bytes of the last member's content. */
export type TarEvent = 'pull' | TarMember | Uint8Array

/** A part of the parser: yields events, receives chunks, returns T. */
export type Parsing<T> = Generator<TarEvent, T, Uint8Array | undefined>

/** Bytes in order. */
export interface Source {
  /** Number of bytes consumed. */
  offset(): number
  /** Reads `size` bytes; undefined at the end of the archive. */
  take(size: number): Parsing<Uint8Array | undefined>
  /** Yields the next `size` bytes. */
  pass(size: number): Parsing<void>
  /** Consumes the rest, so that a decompressor reaches and checks its own end. */
  drain(): Parsing<void>
}

/** Opens an archive that has not been read yet. */
export function createSource(): Source {
  let chunk: Uint8Array = new Uint8Array()
  let start = 0
  let offset = 0

  // At least one byte, at most `most`; undefined at the end.
  function* some(most: number): Parsing<Uint8Array | undefined> {
    while (start === chunk.length) {
      const next = yield 'pull'
      if (next === undefined) return undefined
      chunk = next
      start = 0
    }
    const part = chunk.subarray(start, start + most)
    start += part.length
    offset += part.length
    return part
  }
  function* take(size: number): Parsing<Uint8Array | undefined> {
    const first = yield* some(size)
    if (first === undefined || first.length === size) return first
    const whole = new Uint8Array(size)
    whole.set(first)
    for (let filled = first.length; filled < size; ) {
      const part = (yield* some(size - filled)) ?? endedEarly(offset)
      whole.set(part, filled)
      filled += part.length
    }
    return whole
  }
  function* pass(size: number): Parsing<void> {
    for (let left = size; left > 0; ) {
      const part = (yield* some(left)) ?? endedEarly(offset)
      left -= part.length
      yield part
    }
  }
  function* drain(): Parsing<void> {
    while ((yield* some(Number.MAX_SAFE_INTEGER)) !== undefined);
  }
  return { offset: () => offset, take, pass, drain }
}

/** Reports a truncated archive. */
export function endedEarly(offset: number): never {
  invalid(offset, 'it is truncated')
}
