/**
 * Requirements on every image that a test makes: the JSON schemas of the OCI image specification (oci-schemas.ts), digests of everything
 * referenced, consistent counts (image/validate.ts), and members that every loader accepts. Helpers that make images call it.
 *
 * Nothing is stored: layers are decompressed and hashed as they are read, once each.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { gather } from '../../src/base/bytes.ts'
import { type Digest, digestFromHex, digestOf, hexOf } from '../../src/base/digest.ts'
import { documentOf } from '../../src/base/document.ts'
import { decompress, detect, magicLength } from '../../src/format/compression.ts'
import { isIndexType, mediaTypes, parseIndex } from '../../src/format/oci.ts'
import { layersIn } from '../../src/image/history.ts'
import type { Manifest } from '../../src/image/image.ts'
import { validate } from '../../src/image/validate.ts'
import type { Descriptor, Layer } from '../../src/layer/layer.ts'
import { removeTree } from '../../src/store/remove.ts'
import { tarMembers } from '../../src/store/tar/members.ts'
import { allInArchive } from '../../src/transport/docker-archive.ts'
import { allImages } from '../../src/transport/find-image.ts'
import type { FoundImage, FoundLayer } from '../../src/transport/found-image.ts'
import { layoutListing, layoutVersionName } from '../../src/transport/layout-read.ts'
import { type Members, openMembers } from '../../src/transport/members.ts'
import { archiveIndexSchema, configSchema, indexSchema, layoutSchema, manifestSchema } from './oci-schemas.ts'

/** Documents with a schema. */
export type Kind = 'index' | 'manifest' | 'config' | 'layout' | 'archive index'

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false })
const schemas: Readonly<Record<Kind, ValidateFunction>> = {
  index: ajv.compile(indexSchema),
  manifest: ajv.compile(manifestSchema),
  config: ajv.compile(configSchema),
  layout: ajv.compile(layoutSchema),
  'archive index': ajv.compile(archiveIndexSchema),
}

/** Checks a document against its schema. @throws AssertionError with the place of the difference */
export function checkDocument(kind: Kind, bytes: Uint8Array, place: string): void {
  const isValid = schemas[kind]
  const fits = isValid(JSON.parse(Buffer.from(bytes).toString('utf8')))
  assert.ok(fits, `${place} is no valid ${kind}: ${ajv.errorsText(isValid.errors)}`)
}

/** Checks all images in an archive or a layout directory. @throws AssertionError, BuildError image.invalid */
export async function checkImage(file: string): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), 'slipway-check-'))
  try {
    using members = await openMembers(file, { temporary, maxUnpackedBytes: Number.MAX_SAFE_INTEGER })
    const images = await checkedImages(members)
    assert.ok(images.length > 0, `${file} holds no image`)
    const known = new Map<string, { readonly diffId: Digest; readonly size: number }>()
    for (const image of images) await checkFound(image, known)
    if (statSync(file).isFile()) checkMembers(members)
  } finally {
    removeTree(temporary)
  }
}

async function checkedImages(members: Members): Promise<readonly FoundImage[]> {
  const archive = members.content('manifest.json')
  if (archive !== undefined) checkDocument('archive index', gather(archive.open()), `${members.place}: manifest.json`)
  const layout = members.content(layoutVersionName)
  if (layout === undefined) return allInArchive(members)
  checkDocument('layout', gather(layout.open()), `${members.place}: oci-layout`)
  checkIndex(members, 'index.json')
  return [
    ...(await allImages(layoutListing(members), undefined)),
    ...(archive === undefined ? [] : allInArchive(members)),
  ]
}

/** An index and the nested ones; each has its own media type if another index references it. */
function checkIndex(members: Members, name: string, above?: Descriptor): void {
  const content = members.content(name)
  assert.ok(content !== undefined, `${members.place}: ${name} is missing`)
  const bytes = gather(content.open())
  checkDocument('index', bytes, `${members.place}: ${name}`)
  const { mediaType, manifests } = parseIndex(bytes, name).value
  if (above !== undefined)
    assert.deepEqual([above.digest, above.size, above.mediaType], [digestOf(bytes), bytes.length, mediaType])
  for (const each of manifests)
    if (isIndexType(each.mediaType)) checkIndex(members, `blobs/sha256/${hexOf(each.digest)}`, each)
}

async function checkFound(
  { place, config, manifest, layers }: FoundImage,
  known: Map<string, { readonly diffId: Digest; readonly size: number }>,
): Promise<void> {
  checkDocument('config', config.bytes, `${place}: the config`)
  if (manifest !== undefined) checkDocument('manifest', manifest.bytes, `${place}: the manifest`)
  const history = config.value.history?.filter((entry) => entry.empty_layer !== true) ?? []
  assert.equal(layersIn(history), layers.length, `${place}: the history has an entry for each layer`)
  const read: Layer[] = []
  for (const [index, layer] of layers.entries()) {
    const found = known.get(layer.name) ?? (await hashed(layer))
    known.set(layer.name, found)
    const plain = { mediaType: mediaTypes.layer, digest: found.diffId, size: found.size }
    read.push({
      ...found,
      descriptor: manifest?.value.layers[index] ?? plain,
      history: history[index] ?? {},
      open: () => layer.content.open(),
    })
  }
  const made = documentOf<Manifest>({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: digestOf(config.bytes), size: config.bytes.length },
    layers: read.map(({ descriptor }) => descriptor),
  })
  validate({ manifest: manifest ?? made, config, layers: read }, place)
}

/** Digest and size of the uncompressed layer; the compressed one's digest must match its name. */
async function hashed({
  name,
  content,
  blob,
}: FoundLayer): Promise<{ readonly diffId: Digest; readonly size: number }> {
  const [packed, plain] = [createHash('sha256'), createHash('sha256')]
  async function* source(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content.open()) {
      if (blob !== undefined) packed.update(chunk)
      yield chunk
    }
  }
  let size = 0
  let first = new Uint8Array()
  for await (const chunk of content.open()) {
    first = new Uint8Array(chunk.subarray(0, magicLength))
    break
  }
  const kind = detect(first)
  const limit = { packedSize: content.size, maxBytes: Number.MAX_SAFE_INTEGER }
  for await (const chunk of kind === 'none' ? source() : decompress(kind, source(), { name, limit })) {
    plain.update(chunk)
    size += chunk.length
  }
  if (blob !== undefined) assert.equal(`sha256:${packed.digest('hex')}`, blob, name)
  const diffId = digestFromHex(plain.digest('hex'))
  assert.ok(diffId !== undefined)
  return { diffId, size }
}

/**
 * No links and no duplicate members: podman 3 and old Docker versions fail on both. Exception: links in skopeo's archives, whose exact bytes
 * the hashes of pulled images pin.
 */
function checkMembers(members: Members): void {
  const at = members.content('manifest.json')?.at ?? members.content(layoutVersionName)?.at
  assert.ok(at !== undefined, `${members.place} is read from a file`)
  const seen = new Set<string>()
  for (const { name, type, link } of tarMembers(at.file)) {
    const isLegacy = /^[0-9a-f]{64}\/layer\.tar$/.test(name) && /^\.\.\/[0-9a-f]{64}\.tar$/.test(link)
    assert.ok(type === 'file' || type === 'directory' || isLegacy, `${members.place}: ${name} is a ${type}`)
    assert.ok(!seen.has(name), `${members.place} holds ${name} twice`)
    seen.add(name)
  }
}
