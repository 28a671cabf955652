/**
 * An image explained: names, identity, config, and for each layer what it holds and why it is there. Plain data, for JSON and text.
 *
 * What a layer holds is read from its entries: store objects by their path, Debian packages by the records that image scanners read
 * (`var/lib/dpkg/status.d`), each with the bytes of its own files.
 */
import { gather } from '../base/bytes.ts'
import { type Digest, digestOf } from '../base/digest.ts'
import type { ContainerConfig, NamedImage } from '../image/image.ts'
import type { Layer } from '../layer/layer.ts'
import type { Entry } from '../tree/entry.ts'
import { showBytes } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'

/** A part of a layer that has a name. Sizes are bytes of file contents. */
export interface Part {
  readonly name: string
  readonly size: number
}

/** A Debian package in a layer. */
export interface PackagePart extends Part {
  readonly version: string
  readonly architecture: string
}

/** One layer. `size` is the bytes of its uncompressed tar, `packedSize` those of its blob where that is packed. */
export interface LayerSummary {
  readonly diffId: Digest
  readonly size: number
  readonly packedSize?: number
  readonly createdBy?: string
  readonly comment?: string
  readonly entries: number
  readonly storePaths: readonly Part[]
  readonly packages: readonly PackagePart[]
}

/** One image. */
export interface ImageSummary {
  readonly names: readonly string[]
  /** The digest of the config: what Docker calls the image's ID. */
  readonly id: Digest
  /** The digest of the manifest: what a registry calls the image. */
  readonly digest: Digest
  readonly created?: string
  readonly platform: string
  readonly size: number
  readonly config: ContainerConfig
  /** Bottom layer first. */
  readonly layers: readonly LayerSummary[]
}

/** Explains an image. @param treeOf - the entries of one of its layers */
export function summarise(image: NamedImage, treeOf: (layer: Layer) => Tree): ImageSummary {
  const { created, os, architecture, variant, config } = image.config.value
  return {
    names: image.names,
    id: digestOf(image.config.bytes),
    digest: digestOf(image.manifest.bytes),
    ...(created === undefined ? {} : { created }),
    platform: [os, architecture, ...(variant === undefined ? [] : [variant])].join('/'),
    size: image.layers.reduce((sum, layer) => sum + layer.size, 0),
    config: config ?? {},
    layers: image.layers.map((layer) => layerSummary(layer, treeOf(layer))),
  }
}

function layerSummary(layer: Layer, tree: Tree): LayerSummary {
  const { diffId, size, descriptor, history } = layer
  const { entries, storePaths, files, records } = contentsOf(tree)
  return {
    diffId,
    size,
    ...(descriptor.digest === diffId ? {} : { packedSize: descriptor.size }),
    ...(history.created_by === undefined ? {} : { createdBy: history.created_by }),
    ...(history.comment === undefined ? {} : { comment: history.comment }),
    entries,
    storePaths: [...storePaths].map(([name, size]) => ({ name, size })),
    packages: packagesIn(records, files),
  }
}

interface Contents {
  readonly entries: number
  /** Store path → bytes. */
  readonly storePaths: ReadonlyMap<string, number>
  /** Path → bytes, of files outside the store. */
  readonly files: ReadonlyMap<string, number>
  /** Name of a file in status.d → its text. */
  readonly records: ReadonlyMap<string, string>
}

function contentsOf(tree: Tree): Contents {
  const storePaths = new Map<string, number>()
  const files = new Map<string, number>()
  const records = new Map<string, string>()
  let entries = 0
  for (const entry of tree.entries()) {
    entries++
    const size = sizeOf(entry)
    const object = objectRule.exec(entry.path)?.[1]
    if (object !== undefined) storePaths.set(object, (storePaths.get(object) ?? 0) + size)
    else if (entry.kind === 'file') files.set(showBytes(entry.path), size)
    const record = recordRule.exec(entry.path)?.[1]
    if (record !== undefined && entry.kind === 'file' && size <= recordLimit) records.set(record, textOf(entry))
  }
  return { entries, storePaths, files, records }
}

const objectRule = /^nix\/store\/([0-9abcdfghijklmnpqrsvwxyz]{32}-[^/]+)/
const recordRule = /^var\/lib\/dpkg\/status\.d\/([^/]+)$/
/** No package's list of files is larger; protects memory from images that others made. */
const recordLimit = 16 * 1_048_576

function sizeOf(entry: Entry): number {
  return entry.kind === 'file' ? entry.content.size : 0
}

function textOf(entry: Entry): string {
  return entry.kind === 'file' ? Buffer.from(gather(entry.content.open())).toString('utf8') : ''
}

/** A package's files are those that its md5sums name; the only package of a layer has all of them. */
function packagesIn(records: ReadonlyMap<string, string>, files: ReadonlyMap<string, number>): readonly PackagePart[] {
  const controls = [...records].filter(([name]) => !name.endsWith('.md5sums'))
  const isAlone = controls.length === 1
  return controls.map(([file, control]) => ({
    name: fieldOf(control, 'Package') ?? file,
    version: fieldOf(control, 'Version') ?? '',
    architecture: fieldOf(control, 'Architecture') ?? '',
    size: total(isAlone ? files.keys() : namesIn(records.get(`${file}.md5sums`) ?? ''), files),
  }))
}

function namesIn(md5sums: string): readonly string[] {
  return md5sums.split('\n').flatMap((line) => /^[0-9a-f]{32} [ *](.+)$/.exec(line)?.[1] ?? [])
}

/** Lists name files as packages ship them; images have them below usr/. */
function total(names: Iterable<string>, files: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const name of names) sum += files.get(name) ?? files.get(`usr/${name}`) ?? 0
  return sum
}

function fieldOf(control: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \t]*(.*)$`, 'mi').exec(control)?.[1]?.trim()
}
