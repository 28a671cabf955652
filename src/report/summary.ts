/**
 * An image explained: names, identity, config, and for each layer what it holds and why it is there. Plain data, for JSON and text.
 *
 * What a layer holds is read from its entries: store objects by their path, packages by their records, each with the bytes of its own files
 * and the packages that brought it.
 */
import { type Digest, digestOf } from '../base/digest.ts'
import type { ContainerConfig, NamedImage } from '../image/image.ts'
import type { Layer } from '../layer/layer.ts'
import type { Tree } from '../tree/tree.ts'
import { contentsOf, type LayerContents } from './layer-contents.ts'
import type { RecordReader } from './records.ts'
import { broughtBy, type Requirements } from './requirements.ts'

/** A part of a layer that has a name. Sizes are bytes of file contents. */
export interface Part {
  readonly name: string
  readonly size: number
}

/** A package in a layer. */
export interface PackagePart extends Part {
  readonly version: string
  readonly architecture: string
  /** Packages because of which it is in the image: itself where it was asked for, or where nothing else needs it. Sorted. */
  readonly broughtBy: readonly string[]
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

/** Another image in the same place. */
export interface OtherImage {
  readonly names: readonly string[]
  /** `os/architecture`; absent where it cannot be read. */
  readonly platform?: string
  /** The digest of its manifest; in a docker-archive, which has none, of its config. */
  readonly digest: Digest
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
  /** What could not be worked out about packages, one line each; only of an image that was built for this. */
  readonly notes?: readonly string[]
  /** What else an index or an archive of several images holds; absent where it holds this image alone. */
  readonly others?: readonly OtherImage[]
}

/** How an image is looked into. */
export interface Explaining {
  /** The entries of one of its layers. */
  treeOf(layer: Layer): Tree
  readonly readers: readonly RecordReader[]
  /** By ecosystem: which packages the image was asked to hold, and what they need; else their records tell. */
  readonly known?: ReadonlyMap<string, Requirements>
}

/** Explains an image. */
export function summarise(image: NamedImage, explaining: Explaining): ImageSummary {
  const { readers, treeOf } = explaining
  const isRecord = (path: string): boolean => readers.some((reader) => reader.isRecord(path))
  const contents = image.layers.map((layer) => contentsOf(treeOf(layer), isRecord))
  const packages = packagesOf(contents, explaining)
  const { created, os, architecture, variant, config } = image.config.value
  return {
    names: image.names,
    id: digestOf(image.config.bytes),
    digest: digestOf(image.manifest.bytes),
    ...(created === undefined ? {} : { created }),
    platform: platformText({ os, architecture, ...(variant === undefined ? {} : { variant }) }),
    size: image.layers.reduce((sum, layer) => sum + layer.size, 0),
    config: config ?? {},
    layers: image.layers.flatMap((layer, index) => {
      const [found, parts] = [contents[index], packages[index]]
      return found === undefined || parts === undefined ? [] : [layerSummary(layer, found, parts)]
    }),
  }
}

/** `os/architecture`, and the variant where there is one. */
export function platformText({
  os,
  architecture,
  variant,
}: {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')
}

function layerSummary(
  layer: Layer,
  { entries, storePaths }: LayerContents,
  packages: readonly PackagePart[],
): LayerSummary {
  const { diffId, size, descriptor, history } = layer
  return {
    diffId,
    size,
    ...(descriptor.digest === diffId ? {} : { packedSize: descriptor.size }),
    ...(history.created_by === undefined ? {} : { createdBy: history.created_by }),
    ...(history.comment === undefined ? {} : { comment: history.comment }),
    entries,
    storePaths: [...storePaths].map(([name, size]) => ({ name, size })),
    packages,
  }
}

/** The packages of each layer, and who brought them. */
function packagesOf(
  contents: readonly LayerContents[],
  { readers, known }: Explaining,
): readonly (readonly PackagePart[])[] {
  const byReader = readers.map((reader) => {
    const { layers, requirements } = reader.read(contents)
    const names = layers.flat().map(({ name }) => name)
    const by = broughtBy(names, known?.get(reader.kind) ?? requirements)
    return layers.map((packages) => packages.map((part) => ({ ...part, broughtBy: by.get(part.name) ?? [] })))
  })
  return contents.map((_layer, index) => byReader.flatMap((layers) => layers[index] ?? []))
}
