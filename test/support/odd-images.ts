/**
 * Images as no tool of ours would write them, in the forms in which skopeo reads them: an OCI layout, and directories of schema 2.
 *
 * Equal seeds give equal images: layers that repeat, gz and plain mixed, or none; configs with numbers like `1.50`, markup, U+2028,
 * repeated keys, odd white space and bytes that are not UTF-8.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { digestOf, hexOf } from '../../src/base/digest.ts'
import { mediaTypes } from '../../src/format/media-types.ts'
import { writeTar } from '../../src/format/tar/write.ts'
import { file, memoryTree } from '../../src/tree/memory.ts'

/** An image by hand: the exact bytes of its config, and its layers as they are stored. */
export interface OddImage {
  readonly config: Buffer
  readonly layers: readonly OddLayer[]
}

/** A layer, packed or plain. */
export interface OddLayer {
  readonly diffId: string
  readonly isPacked: boolean
  readonly blob: Buffer
}

/** Random numbers below `n`, the same for one seed on every machine. */
export function numbersFrom(seed: number): (n: number) => number {
  let state = seed * 2_654_435_761 + 1
  return (n) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * n)
  }
}

const layers: readonly OddLayer[] = ['', 'a', 'b', 'bb', 'c'.repeat(1000)].flatMap((text, index) => {
  const tree = memoryTree(text === '' ? {} : { [`file-${index}`]: file(text) })
  const tar = Buffer.concat([...writeTar(tree.entries(), { names: 'relative', end: 'blocks' })])
  const diffId = digestOf(tar)
  const packed = [gzipSync(tar), Buffer.concat([gzipSync(tar.subarray(0, 512)), gzipSync(tar.subarray(512))])]
  return [{ diffId, isPacked: false, blob: tar }, ...packed.map((blob) => ({ diffId, isPacked: true, blob }))]
})

/** One image for each seed. */
export function oddImage(seed: number): OddImage {
  const random = numbersFrom(seed)
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] ?? fromNothing()
  const chosen = Array.from({ length: random(6) }, () => pick(layers))
  const diffIds = chosen.map(({ diffId }) => diffId)
  return { config: configOf(diffIds, { random, pick }), layers: chosen }
}

interface Choice {
  random(n: number): number
  pick<T>(from: readonly T[]): T
}

const spaces = ['', '', ' ', '\n\t', '\r\n  ']
const values = [
  '1.50',
  '-0',
  '1e5',
  '12345678901234567890123',
  'null',
  'true',
  '[ ]',
  '{ }',
  '"<b>&amp;"',
  '"\u2028 \u2029 \u2030"',
  '"\\u003c \\" \\\\ \\/ \\ud800"',
  '"caf\xe9 \xff"',
  '"größe 🚢"',
  '{ "b" : 1.0 , "a" : [ 1 , 2 ] , "b" : "<" }',
]

function configOf(diffIds: readonly string[], { random, pick }: Choice): Buffer {
  const labels = () => `{${pick(spaces)}"x" : "<&>" , "x": "\u2028"}`
  const container = () => `{ "Env" : ["A=<1>"] ,${pick(spaces)}"Odd": ${pick(values)}, "Labels": ${labels()} }`
  const members = [
    `"architecture"${pick(spaces)}:${pick(spaces)}"amd64"`,
    '"os":"linux"',
    `"rootfs": {"type": "layers", "diff_ids" : ${JSON.stringify(diffIds)}}`,
    `"config":${pick(['null', '{}', container()])}`,
    ...(random(2) === 0 ? [`"created": "2020-01-02T03:04:05.${random(1000)}Z"`] : []),
    ...(random(2) === 0 ? [`"container": "${random(9)}<"`] : []),
    ...(random(2) === 0 ? [`"container_config" : ${container()}`] : []),
    ...(random(2) === 0 ? [`"docker_version": "1.50&"`] : []),
    ...(random(2) === 0 ? [`"${pick(['extra', 'größe', 'x\\u0041'])}": ${pick(values)}`] : []),
    // A key again, written in another way: the last one wins.
    ...(random(3) === 0 ? [`"o\\u0073" :"linux"`, `"config": ${container()}`] : []),
  ]
  for (let end = members.length - 1; end > 0; end--) {
    const other = random(end + 1)
    const [a, b] = [members[end] ?? '', members[other] ?? '']
    members[end] = b
    members[other] = a
  }
  const text = `${pick(spaces)}{${members.map((member) => pick(spaces) + member).join(`${pick(spaces)},`)}${pick(spaces)}}${pick(spaces)}`
  return latin(text)
}

/** UTF-8, but U+0080 to U+00FF without a partner stand for bytes. */
function latin(text: string): Buffer {
  const parts = text.split(/([\xe9\xff])/)
  return Buffer.concat(parts.map((part) => Buffer.from(part, /^[\xe9\xff]$/.test(part) ? 'latin1' : 'utf8')))
}

/** The manifest of an image, OCI's or Docker's. */
export function oddManifest({ config, layers }: OddImage, form: 'oci' | 'docker'): Buffer {
  const [plain, packed] =
    form === 'oci' ? [mediaTypes.layer, mediaTypes.layerGzip] : [mediaTypes.dockerLayer, mediaTypes.dockerLayerGzip]
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: form === 'oci' ? mediaTypes.manifest : mediaTypes.dockerManifest,
      config: listed(form === 'oci' ? mediaTypes.config : mediaTypes.dockerConfig, config),
      layers: layers.map(({ blob, isPacked }) => listed(isPacked ? packed : plain, blob)),
    }),
  )
}

function listed(mediaType: string, bytes: Buffer): object {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

/** Writes images into one layout, each under its number. */
export function writeOddLayout(folder: string, images: readonly OddImage[]): void {
  const blobs = join(folder, 'blobs/sha256')
  mkdirSync(blobs, { recursive: true })
  const put = (bytes: Buffer): void => writeFileSync(join(blobs, hexOf(digestOf(bytes))), bytes)
  const manifests = images.map((image, index) => {
    const manifest = oddManifest(image, 'oci')
    for (const bytes of [manifest, image.config, ...image.layers.map(({ blob }) => blob)]) put(bytes)
    const annotations = { 'org.opencontainers.image.ref.name': String(index) }
    return { ...listed(mediaTypes.manifest, manifest), annotations }
  })
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
}

/** Writes an image as skopeo's `dir:` has it, with a manifest of schema 2. */
export function writeOddDirectory(folder: string, image: OddImage): void {
  mkdirSync(folder)
  writeFileSync(join(folder, 'version'), 'Directory Transport Version: 1.1\n')
  writeFileSync(join(folder, 'manifest.json'), oddManifest(image, 'docker'))
  for (const bytes of [image.config, ...image.layers.map(({ blob }) => blob)])
    writeFileSync(join(folder, hexOf(digestOf(bytes))), bytes)
}

function fromNothing(): never {
  throw new Error('nothing to pick from')
}
