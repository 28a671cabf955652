/**
 * Packed bytes as a decoder takes them: one chunk after another, with pushback, and distinguishes the source's own failures from the
 * decoder's.
 */
import type { Bytes } from '../../base/bytes.ts'

/** A decoder's input; iterating it takes all that is left. */
export interface Input extends AsyncIterable<Uint8Array> {
  /** The next chunk, never empty; undefined at the end, and after the source has failed. */
  next(): Promise<Uint8Array | undefined>
  /** Pushes back a chunk, or the part of it that the next decoder needs. The last one is the first to be taken again. */
  unread(rest: Uint8Array): void
  /** How many bytes were taken so far. */
  taken(): number
  /** What the source threw, if it did: decoders see only an early end. */
  failure(): { readonly error: unknown } | undefined
  /** Lets the source clean up. */
  close(): Promise<void>
}

/** Opens bytes as a decoder's input. */
export function openInput(bytes: Bytes): Input {
  const source = iteratorOf(bytes)
  const surplus: Uint8Array[] = []
  let taken = 0
  let failure: { readonly error: unknown } | undefined

  async function pull(): Promise<Uint8Array | undefined> {
    if (failure !== undefined) return undefined
    try {
      const step = await source.next()
      return step.done === true ? undefined : step.value
    } catch (error) {
      failure = { error }
      return undefined
    }
  }
  async function next(): Promise<Uint8Array | undefined> {
    let chunk = surplus.shift() ?? (await pull())
    while (chunk !== undefined && chunk.length === 0) chunk = await pull()
    taken += chunk?.length ?? 0
    return chunk
  }
  return {
    next,
    unread(rest) {
      surplus.unshift(rest)
      taken -= rest.length
    },
    taken: () => taken,
    failure: () => failure,
    async close() {
      await source.return?.()
    },
    async *[Symbol.asyncIterator]() {
      for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk
    },
  }
}

function iteratorOf(bytes: Bytes): Iterator<Uint8Array> | AsyncIterator<Uint8Array> {
  return Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]()
}
