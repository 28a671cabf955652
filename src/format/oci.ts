/**
 * The JSON documents of an image: manifest, index and config (OCI image specification v1.1, and Docker's "Image Manifest V2, Schema 2").
 *
 * Parsing keeps the exact bytes, because digests are taken over bytes. Required fields are checked; unknown fields stay in the bytes and
 * are left out of the value.
 */
import { TextDecoder } from 'node:util'
import * as z from 'zod/mini'
import { type Digest, isDigest } from '../base/digest.ts'
import { type Document, isBounded, isPlainObject, mostLevels, mostValues } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { mediaTypes } from './media-types.ts'

export { isConfigType, isDocumentType, isIndexType, isLayerType, isManifestType, mediaTypes } from './media-types.ts'

/** Maximum size of an image document, in bytes: four times the limit that registries place on manifests. */
export const documentLimit: number = 16 * 1024 * 1024

/** A descriptor as documents hold it (descriptor.md). `size` is in bytes. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
  /** What an artifact is, such as a signature; images have none. */
  readonly artifactType?: string
  readonly platform?: { readonly architecture: string; readonly os: string; readonly variant?: string }
}

/** manifest.md. */
export interface Manifest {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly artifactType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations?: Readonly<Record<string, string>>
}

/** A descriptor whose digest is of another algorithm than sha256: slipway keeps it, and reads nothing through it. */
export interface OtherDescriptor extends Omit<Descriptor, 'digest'> {
  readonly digest: string
}

/** image-index.md. */
export interface Index {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly manifests: readonly Descriptor[]
  readonly others: readonly OtherDescriptor[]
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

/** The digest of what a manifest refers to (manifest.md, "subject"). @throws BuildError archive.invalid */
export function subjectIn(bytes: Uint8Array, place: string): Digest | undefined {
  const value = parseJson(bytes, place)
  const digest = isPlainObject(value) && isPlainObject(value.subject) ? value.subject.digest : undefined
  return typeof digest === 'string' && isDigest(digest) ? digest : undefined
}

/** Reads an index. @throws BuildError archive.invalid */
export function parseIndex(bytes: Uint8Array, place: string): Document<Index> {
  const { manifests, ...value } = checked(index, bytes, place)
  const own = manifests.filter(isReadable)
  const others = manifests.filter((each) => !isReadable(each))
  return { bytes, value: { ...value, mediaType: value.mediaType ?? mediaTypes.index, manifests: own, others } }
}

function isReadable(descriptor: OtherDescriptor): descriptor is Descriptor {
  return isDigest(descriptor.digest)
}

/**
 * Reads a config. Bytes that are not UTF-8 are read as U+FFFD, as container engines do: old build tools copied them into the history.
 *
 * @throws BuildError archive.invalid
 */
export function parseImageConfig(bytes: Uint8Array, place: string): Document<ImageConfig> {
  return { bytes, value: checked(config, bytes, place, lenient) }
}

/** Reads a layout's version file (image-layout.md, "oci-layout file"). @throws BuildError archive.invalid */
export function parseLayoutVersion(bytes: Uint8Array, place: string): void {
  checked(layoutVersion, bytes, place)
}

/** The version file of every layout. */
export const layoutVersionBytes: Uint8Array = Buffer.from('{"imageLayoutVersion":"1.0.0"}', 'utf8')

// ---- schemas. The specification asks readers to ignore unknown fields.

const digest = z.string({ error: () => 'must be a string' }).check(
  z.refine((text) => isDigest(text), {
    error: (issue) => `must be a sha256 digest; got ${JSON.stringify(issue.input)}`,
  }),
)
const sha256 = z.pipe(
  digest,
  z.transform((text): Digest => (isDigest(text) ? text : unreachable(text))),
)

const size = z
  .number()
  .check(z.refine((given) => Number.isSafeInteger(given) && given >= 0, { error: () => 'must be a size in bytes' }))
const annotations = z.exactOptional(z.record(z.string(), z.string()))

/** descriptor.md, "Digests": `algorithm:encoded`; a sha256 digest must be one. */
const anyDigest = z.string({ error: () => 'must be a string' }).check(
  z.refine((text) => isDigest(text) || (/^[a-z0-9]+([+._-][a-z0-9]+)*:[\w=-]+$/.test(text) && !/^sha256:/.test(text)), {
    error: (issue) => `must be a digest such as sha256:…; got ${JSON.stringify(issue.input)}`,
  }),
)

const descriptor = z.object({
  mediaType: z.string(),
  digest: sha256,
  size,
  annotations,
  artifactType: z.exactOptional(z.string()),
  platform: z.exactOptional(
    z.object({ architecture: z.string(), os: z.string(), variant: z.exactOptional(z.string()) }),
  ),
})
/** A copy writes descriptors in the order of these fields, which is therefore the same in both. */
const listedDescriptor = z.object({ ...descriptor.shape, digest: anyDigest })

const manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.exactOptional(z.string()),
  artifactType: z.exactOptional(z.string()),
  config: descriptor,
  layers: z.array(descriptor),
  annotations,
})

const index = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.exactOptional(z.string()),
  manifests: z.array(listedDescriptor),
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

function checked<T>(schema: z.ZodMiniType<T>, bytes: Uint8Array, place: string, decoder: TextDecoder = strict): T {
  if (bytes.length > documentLimit) refuse(place, `is ${bytes.length} bytes long; the limit is ${documentLimit}`)
  const result = schema.safeParse(parseJson(bytes, place, decoder))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const at = (issue?.path ?? []).map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  const what =
    issue?.message === undefined || issue.message === 'Invalid input'
      ? 'is missing or of the wrong type'
      : issue.message
  return refuse(`${place}${at}`, what)
}

/** Drops keys whose value is null, which is how Go writes empty slices and maps. */
export function parseJson(bytes: Uint8Array, place: string, decoder: TextDecoder = strict): unknown {
  const value = valueIn(bytes, place, decoder)
  return isBounded(value) ? value : refuse(place, `has more than ${mostLevels} levels or ${mostValues} values`)
}

// A byte order mark would stay in the bytes, and no container engine reads a document that begins with one.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

function valueIn(bytes: Uint8Array, place: string, decoder: TextDecoder): unknown {
  try {
    return JSON.parse(decoder.decode(bytes), (_key, value: unknown) => value ?? undefined)
  } catch (cause) {
    const why = isMarked(bytes) ? ': it begins with a byte order mark' : ''
    return fail('archive.invalid', `${place} is not valid JSON${why}.`, { remedy, cause })
  }
}

function isMarked(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}

function refuse(place: string, what: string): never {
  return fail('archive.invalid', `${place} ${what}.`, { remedy, detail: { place } })
}

const remedy = 'Build or fetch the image again.'

function unreachable(text: string): never {
  throw new Error(`unreachable: ${text}`)
}
