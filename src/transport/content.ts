/**
 * Contents by descriptor: what images are taken from, and what they are put into (descriptor.md of the OCI image specification).
 *
 * A directory, an archive and a registry are each a source, a target, or both; `copyContent` works between any two.
 */
import { createHash } from 'node:crypto'
import { type Content, collect } from '../base/bytes.ts'
import { BuildError, fail } from '../base/error.ts'
import { documentLimit } from '../format/oci.ts'
import type { Descriptor } from '../layer/layer.ts'

/** Place that contents are read from. */
export interface ContentSource {
  /** Name in messages. */
  readonly name: string
  /** Whether contents are checked against their digests as they are read. Default: false. */
  readonly isVerified?: boolean
  /** Opens a content of exactly the descriptor's size, not yet checked against its digest. @throws BuildError archive.invalid - it is missing */
  get(descriptor: Descriptor): Promise<Content>
}

/** Place that contents are written to. */
export interface ContentTarget {
  has(descriptor: Descriptor): Promise<boolean>
  /** Writes the content of a descriptor, which may be opened later, and more than once. Children come before the documents that list them. */
  put(descriptor: Descriptor, content: Content): Promise<void>
}

/** Does work that reads contents; once more where a mirror lied, since another may not. */
export async function trying<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || thrown.detail.mirror === undefined) throw thrown
    return await trying(work)
  }
}

/** Reads a document of a source and checks it against its digest. @throws BuildError archive.invalid */
export async function readDocument(source: ContentSource, descriptor: Descriptor): Promise<Uint8Array> {
  if (descriptor.size > documentLimit) {
    return refuse(source.name, descriptor, `has ${descriptor.size} bytes; the limit for a document is ${documentLimit}`)
  }
  return collect(verified(await source.get(descriptor), descriptor, source.name).open())
}

/** Content whose bytes are checked against its descriptor each time they are read. */
export function verified(content: Content, descriptor: Descriptor, place: string): Content {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256')
    let size = 0
    for await (const chunk of content.open()) {
      size += chunk.length
      if (size > descriptor.size) refuse(place, descriptor, `has more than the stated ${descriptor.size} bytes`)
      hash.update(chunk)
      yield chunk
    }
    const found = `sha256:${hash.digest('hex')}`
    if (size < descriptor.size) refuse(place, descriptor, `has ${size} of the stated ${descriptor.size} bytes`)
    if (found !== descriptor.digest) refuse(place, descriptor, `has the digest ${found}`)
  }
  return { size: descriptor.size, open: bytes }
}

function refuse(place: string, { digest }: Descriptor, what: string): never {
  return fail('archive.invalid', `${place}: the content ${digest} ${what}.`, {
    remedy: 'Download or create the image again.',
    detail: { place, digest },
  })
}
