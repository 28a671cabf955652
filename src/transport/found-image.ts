/**
 * An image as it is found in an archive or a layout, before any layer is read; and what is looked for.
 */
import type { Content } from '../base/bytes.ts'
import { type Digest, digestOf } from '../base/digest.ts'
import type { Document } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { parseReference, qualified, repositoryOf } from '../format/reference.ts'
import type { ImageConfig, Manifest } from '../image/image.ts'
import type { Platform } from '../image/platform.ts'

/** Which image of several is meant. What is left out matches all; the first that matches is taken. */
export interface Selection {
  /** Name without tag. "redis" is "docker.io/library/redis". */
  readonly name?: string
  readonly tag?: string
  /** The name that a layout's index has, letter by letter ("7", "redis:7"); no docker-archive has such. */
  readonly refName?: string
  /** Chooses among an index's images. */
  readonly platform?: Platform
  /** Chooses only where several platforms are there: one image is taken as it is. */
  readonly preferred?: Platform
}

/** One layer's bytes as they lie there, perhaps packed. */
export interface FoundLayer {
  /** The member or blob it is. */
  readonly name: string
  readonly content: Content
  /** What the archive says the bytes' digest is, where it does. */
  readonly blob?: Digest
  /** Whether its bytes are held against that digest as they are read. Default: false. */
  readonly isVerified?: boolean
}

/** An image whose documents were read and checked. */
export interface FoundImage {
  /** What to call it in messages. */
  readonly place: string
  readonly names: readonly string[]
  /** Absent in a docker-archive, which has none. */
  readonly manifest?: Document<Manifest>
  readonly config: Document<ImageConfig>
  readonly layers: readonly FoundLayer[]
}

/** An image of several in one place, as it is listed. */
export interface ListedImage {
  readonly names: readonly string[]
  /** Absent where its documents are missing or damaged. */
  readonly platform?: Platform
  /** The digest of its manifest; in a docker-archive, which has none, of its config. */
  readonly digest: Digest
}

/** The digest by which an image is listed. */
export function listedDigest({ manifest, config }: Pick<FoundImage, 'manifest' | 'config'>): Digest {
  return digestOf((manifest ?? config).bytes)
}

/** Whether an image with these full names (`name:tag`) is meant. */
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
    platform === undefined ? undefined : `the platform ${platform.os}/${platform.architecture}`,
  ].filter((part) => part !== undefined)
  return fail(
    'image.not-found',
    `${place} holds no image${wanted.length === 0 ? '' : ` of ${wanted.join(' and ')}`}.`,
    {
      remedy: there.length === 0 ? 'Give another archive or layout.' : `Choose one of these: ${there.join(', ')}.`,
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

/** A document with the digest it should have. @throws BuildError archive.invalid */
export function withDigest(bytes: Uint8Array, expected: Digest, place: string): Uint8Array {
  const found = digestOf(bytes)
  if (found === expected) return bytes
  return fail('archive.invalid', `${place} should have the digest ${expected}, but has ${found}.`, {
    remedy: 'Fetch or make the archive again.',
    detail: { place, expected, found },
  })
}

function fullName(name: string): string {
  const reference = parseReference(name)
  return reference === undefined ? name : repositoryOf(qualified(reference))
}
