/**
 * Reads tar archives: synchronously, without their contents (`indexTar`), or asynchronously, with them (`readTar`).
 *
 * For the accepted formats see `parse.ts`.
 */
import type { Bytes } from '../../base/bytes.ts'
import type { TarMember } from './member.ts'
import { parseTar } from './parse.ts'
import type { TarEvent } from './source.ts'

/**
 * Yields the members of an archive, with the offsets of their headers and contents.
 *
 * @throws BuildError archive.invalid, tar.unsupported
 */
export function* indexTar(chunks: Iterable<Uint8Array>): Generator<TarMember> {
  const parser = parseTar()
  const source = chunks[Symbol.iterator]()
  try {
    for (let step = parser.next(); step.done !== true; ) {
      if (step.value === 'pull') {
        const next = source.next()
        step = parser.next(next.done === true ? undefined : next.value)
        continue
      }
      if (!(step.value instanceof Uint8Array)) yield step.value
      step = parser.next()
    }
  } finally {
    source.return?.()
  }
}

/** A member whose content can be read once, until the next member is requested. */
export interface OpenMember extends TarMember {
  /** The content. What is left unread when the next member is requested is skipped and lost. */
  body(): AsyncIterable<Uint8Array>
}

/**
 * Yields the members of an archive with their contents.
 *
 * @throws BuildError archive.invalid, tar.unsupported
 */
export async function* readTar(bytes: Bytes): AsyncGenerator<OpenMember> {
  const source = Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]()
  const parser = parseTar()
  async function next(): Promise<Exclude<TarEvent, 'pull'> | undefined> {
    let step = parser.next()
    while (step.done !== true && step.value === 'pull') {
      const chunk = await source.next()
      step = parser.next(chunk.done === true ? undefined : chunk.value)
    }
    return step.done === true || step.value === 'pull' ? undefined : step.value
  }
  try {
    for (let event = await next(); event !== undefined; ) {
      if (event instanceof Uint8Array) {
        event = await next()
        continue
      }
      const body = onceOnly(event, next)
      yield { ...event, body: body.open }
      body.close()
      event = await next()
    }
  } finally {
    await source.return?.()
  }
}

interface Body {
  open(): AsyncIterable<Uint8Array>
  close(): void
}

function onceOnly({ name, size }: TarMember, next: () => Promise<unknown>): Body {
  let isOver = false
  let isOpen = false
  async function* open(): AsyncGenerator<Uint8Array> {
    if (isOpen) throw new Error(`unreachable: the content of ${name} is read twice`)
    isOpen = true
    for (let left = size; left > 0; ) {
      if (isOver) throw new Error(`unreachable: the content of ${name} is read after the next member was requested`)
      const chunk = await next()
      if (!(chunk instanceof Uint8Array)) throw new Error('unreachable: a member before the end of content')
      left -= chunk.length
      yield chunk
    }
  }
  return {
    open,
    close() {
      isOver = true
    },
  }
}
