/**
 * An image as it is found in an archive or a layout, before any layer is read; and what is looked for.
 */
import type { Content } from '../base/bytes.ts'
import { type Digest, digestOf } from '../base/digest.ts'
import type { Document } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { parseReference, qualified, repositoryOf } from '../format/reference.ts'
import type { ImageConfig, Manifest } from '../image/image.ts'
import { formatPlatform, type Platform } from '../image/platform.ts'

/** Which image of several is meant. What is left out matches all; the first that matches is taken. */
export interface Selection {
  /** Name without tag. "redis" is "docker.io/library/redis". */
  readonly name?: string
  readonly tag?: string
  /** Name exactly as in a layout's index ("7", "redis:7"); docker-archives have none. */
  readonly refName?: string
  /** Chooses among an index's images. */
  readonly platform?: Platform
  /** Chooses only where several platforms are there: one image is taken as it is. */
  readonly preferred?: Platform
}

/** Bytes of a layer as they are stored, perhaps compressed. */
export interface FoundLayer {
  /** Name of the member or blob. */
  readonly name: string
  readonly content: Content
  /** Digest of the bytes as the archive states it, if it does. */
  readonly blob?: Digest
  /** Whether its bytes are checked against that digest as they are read. Default: false. */
  readonly isVerified?: boolean
}

/** Image whose documents were read and checked. */
export interface FoundImage {
  /** Name in messages. */
  readonly place: string
  readonly names: readonly string[]
  /** Absent in a docker-archive, which has none. */
  readonly manifest?: Document<Manifest>
  readonly config: Document<ImageConfig>
  readonly layers: readonly FoundLayer[]
}

/** Image in a place with several, as it is listed. */
export interface ListedImage {
  readonly names: readonly string[]
  /** Absent where its documents are missing or damaged. */
  readonly platform?: Platform
  /** Digest of its manifest; in a docker-archive, which has no manifests, of its config. */
  readonly digest: Digest
}

/** Returns the digest by which an image is listed. */
export function listedDigest({ manifest, config }: Pick<FoundImage, 'manifest' | 'config'>): Digest {
  return digestOf((manifest ?? config).bytes)
}

/** Tells whether a selection matches an image with these full names (`name:tag`). */
export function matches(names: readonly string[], { name, tag }: Selection): boolean {
  if (name === undefined && tag === undefined) return true
  return names.some((full) => {
    const reference = parseReference(full)
    if (reference === undefined) return false
    const sameName = name === undefined || fullName(name) === repositoryOf(qualified(reference))
    return sameName && (tag === undefined || reference.tag === tag)
  })
}

/** Fails: nothing of what is there was meant. */
export function notThere(place: string, { name, tag, refName, platform }: Selection, there: readonly string[]): never {
  const wanted = [
    name === undefined ? undefined : `the name "${name}"`,
    tag === undefined ? undefined : `the tag "${tag}"`,
    refName === undefined ? undefined : `the name "${refName}"`,
    platform === undefined ? undefined : `the platform ${formatPlatform(platform)}`,
  ].filter((part) => part !== undefined)
  return fail(
    'image.not-found',
    `${place} holds no image${wanted.length === 0 ? '' : ` of ${wanted.join(' and ')}`}.`,
    {
      remedy: there.length === 0 ? 'Use another archive or layout.' : `Choose one of these: ${there.join(', ')}.`,
      detail: { place },
    },
  )
}

/** Fails: what is needed has a digest of another algorithm. */
export function refuseOther(place: string, { digest }: { readonly digest: string }): never {
  const [algorithm = ''] = digest.split(':')
  return fail('archive.invalid', `${place}: ${digest} is a ${algorithm} digest; slipway reads sha256 only.`, {
    remedy: 'Make the image with sha256 digests, or choose another one.',
    detail: { place, digest },
  })
}

/** Checks a document against its digest. @throws BuildError archive.invalid */
export function withDigest(bytes: Uint8Array, expected: Digest, place: string): Uint8Array {
  const found = digestOf(bytes)
  if (found === expected) return bytes
  return fail('archive.invalid', `${place} has the digest ${found}; expected ${expected}.`, {
    remedy: 'Download or create the archive again.',
    detail: { place, expected, found },
  })
}

function fullName(name: string): string {
  const reference = parseReference(name)
  return reference === undefined ? name : repositoryOf(qualified(reference))
}
