/**
 * The JSON documents of an image: manifest, index and config (OCI image specification v1.1, and Docker's "Image Manifest V2, Schema 2").
 *
 * Reading keeps the exact bytes, since digests are of bytes; what a document must have is checked, what it may have besides is kept in
 * the bytes and left out of the value.
 */
import * as z from 'zod/mini'
import { type Digest, isDigest } from '../base/digest.ts'
import type { Document } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { mediaTypes } from './media-types.ts'

export { isIndexType, isManifestType, mediaTypes } from './media-types.ts'

/** No document of an image is larger, in bytes; the registries' own limit for manifests is a quarter of it. */
export const documentLimit: number = 16 * 1024 * 1024

/** A descriptor as documents hold it (descriptor.md). `size` is in bytes. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly architecture: string; readonly os: string; readonly variant?: string }
}

/** manifest.md. */
export interface Manifest {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations?: Readonly<Record<string, string>>
}

/** image-index.md. */
export interface Index {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly manifests: readonly Descriptor[]
  readonly annotations?: Readonly<Record<string, string>>
}

/** config.md. */
export interface ImageConfig {
  readonly created?: string
  readonly author?: string
  readonly architecture: string
  readonly variant?: string
  readonly os: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] }
  readonly history?: readonly History[]
}

/** One entry of a config's history. */
export interface History {
  readonly created?: string
  readonly created_by?: string
  readonly author?: string
  readonly comment?: string
  readonly empty_layer?: boolean
}

/** Reads a manifest. @throws BuildError archive.invalid - `place` says which document is wrong, and where. */
export function parseManifest(bytes: Uint8Array, place: string): Document<Manifest> {
  const value = checked(manifest, bytes, place)
  return { bytes, value: { ...value, mediaType: value.mediaType ?? mediaTypes.manifest } }
}

/** Reads an index. @throws BuildError archive.invalid */
export function parseIndex(bytes: Uint8Array, place: string): Document<Index> {
  const value = checked(index, bytes, place)
  return { bytes, value: { ...value, mediaType: value.mediaType ?? mediaTypes.index } }
}

/** Reads a config. @throws BuildError archive.invalid */
export function parseImageConfig(bytes: Uint8Array, place: string): Document<ImageConfig> {
  return { bytes, value: checked(config, bytes, place) }
}

/** Reads a layout's version file (image-layout.md, "oci-layout file"). @throws BuildError archive.invalid */
export function parseLayoutVersion(bytes: Uint8Array, place: string): void {
  checked(layoutVersion, bytes, place)
}

/** The version file of every layout. */
export const layoutVersionBytes: Uint8Array = Buffer.from('{"imageLayoutVersion":"1.0.0"}', 'utf8')

// ---- schemas. Objects may hold more than is named here: the specification asks readers to ignore it.

const digest = z.string({ error: () => 'is no text' }).check(
  z.refine((text) => isDigest(text), {
    error: (issue) => `is ${JSON.stringify(issue.input)}, which is no sha256 digest`,
  }),
)
const sha256 = z.pipe(
  digest,
  z.transform((text): Digest => (isDigest(text) ? text : unreachable(text))),
)

const size = z
  .number()
  .check(z.refine((given) => Number.isSafeInteger(given) && given >= 0, { error: () => 'is no size in bytes' }))
const annotations = z.exactOptional(z.record(z.string(), z.string()))

const descriptor = z.object({
  mediaType: z.string(),
  digest: sha256,
  size,
  annotations,
  platform: z.exactOptional(
    z.object({ architecture: z.string(), os: z.string(), variant: z.exactOptional(z.string()) }),
  ),
})

const manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.exactOptional(z.string()),
  config: descriptor,
  layers: z.array(descriptor),
  annotations,
})

const index = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.exactOptional(z.string()),
  manifests: z.array(descriptor),
  annotations,
})

const history = z.object({
  created: z.exactOptional(z.string()),
  created_by: z.exactOptional(z.string()),
  author: z.exactOptional(z.string()),
  comment: z.exactOptional(z.string()),
  empty_layer: z.exactOptional(z.boolean()),
})

const config = z.object({
  created: z.exactOptional(z.string()),
  author: z.exactOptional(z.string()),
  architecture: z.string(),
  variant: z.exactOptional(z.string()),
  os: z.string(),
  config: z.exactOptional(z.record(z.string(), z.unknown())),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z._default(z.array(sha256), []) }),
  history: z.exactOptional(z.array(history)),
})

const layoutVersion = z.object({ imageLayoutVersion: z.literal('1.0.0') })

function checked<T>(schema: z.ZodMiniType<T>, bytes: Uint8Array, place: string): T {
  if (bytes.length > documentLimit) refuse(place, `is ${bytes.length} bytes long; ${documentLimit} are the limit`)
  const result = schema.safeParse(parseJson(bytes, place))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const at = (issue?.path ?? []).map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  const what =
    issue?.message === undefined || issue.message === 'Invalid input'
      ? 'is missing or of the wrong type'
      : issue.message
  return refuse(`${place}${at}`, what)
}

/** Go writes null for empty lists and maps; a key whose value is null is taken as absent. */
export function parseJson(bytes: Uint8Array, place: string): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return JSON.parse(text, (_key, value: unknown) => value ?? undefined)
  } catch (cause) {
    return fail('archive.invalid', `${place} is no JSON text.`, { remedy, cause })
  }
}

function refuse(place: string, what: string): never {
  return fail('archive.invalid', `${place} ${what}.`, { remedy, detail: { place } })
}

const remedy = 'Make the image again, or fetch it again: what is there is not a valid image.'

function unreachable(text: string): never {
  throw new Error(`unreachable: ${text}`)
}
