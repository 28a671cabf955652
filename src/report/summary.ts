/**
 * Summary of an image: names, identity, config, and for each layer its contents and their origin. Plain data, for JSON and text.
 *
 * The contents of a layer are read from its entries: store objects by their paths, packages by their records, each with the size of its own
 * files and the requested packages that need it.
 */
import { type Digest, digestOf } from '../base/digest.ts'
import type { ContainerConfig, NamedImage } from '../image/image.ts'
import type { Layer } from '../layer/layer.ts'
import type { Tree } from '../tree/tree.ts'
import { contentsOf, type LayerContents } from './layer-contents.ts'
import type { RecordReader } from './records.ts'
import { broughtBy, type Requirements } from './requirements.ts'

/** Named part of a layer: a store object or a package. */
export interface LayerPart {
  /** Name of the package, or path of the store object. */
  readonly name: string
  /** Total size of its files, in bytes. */
  readonly size: number
}

/** Package in a layer. */
export interface PackagePart extends LayerPart {
  /** Version, in the spelling of the package's ecosystem. */
  readonly version: string
  /** Architecture, in the spelling of the package's ecosystem, such as "amd64" or "all". */
  readonly architecture: string
  /** Names of the requested packages that need it, sorted; its own when it was requested, or when no other package needs it. */
  readonly broughtBy: readonly string[]
}

/** Layer of an image. */
export interface LayerSummary {
  /** Digest of its uncompressed archive. */
  readonly diffId: Digest
  /** Size of its uncompressed archive, in bytes. */
  readonly size: number
  /** Size of its blob, in bytes; absent when the blob is not compressed. */
  readonly packedSize?: number
  /** Command that created the layer (OCI image specification, config.md, "history": `created_by`). */
  readonly createdBy?: string
  /** Comment of the layer's history entry (config.md, "history": `comment`). */
  readonly comment?: string
  /** Number of entries in its archive. */
  readonly entries: number
  /** Store objects in the layer. */
  readonly storePaths: readonly LayerPart[]
  /** Packages in the layer. */
  readonly packages: readonly PackagePart[]
}

/** Another image in the same place. */
export interface OtherImage {
  /** Names of the image, with tag. */
  readonly names: readonly string[]
  /** Platform, such as "linux/amd64"; absent when it cannot be read. */
  readonly platform?: string
  /** Digest of its manifest; in a docker-archive, which has no manifests, of its config. */
  readonly digest: Digest
}

/** Summary of an image: its names, identity, config and layers. */
export interface ImageSummary {
  /** Names of the image, with tag. */
  readonly names: readonly string[]
  /** ID of the image: the digest of its config. */
  readonly id: Digest
  /** Digest of the manifest. */
  readonly digest: Digest
  /** Creation date, in RFC 3339 form. */
  readonly created?: string
  /** Platform, such as "linux/arm64". */
  readonly platform: string
  /** Total size of the uncompressed layers, in bytes. */
  readonly size: number
  /** Container config, as the image has it (OCI image specification, config.md, "config"). */
  readonly config: ContainerConfig
  /** Layers, bottom one first. */
  readonly layers: readonly LayerSummary[]
  /** What the image lacks, and what could not be worked out about its packages, one line each; present only for an image that was built for this call. */
  readonly notes?: readonly string[]
  /** Other images in the same index or archive; absent when there are none. */
  readonly others?: readonly OtherImage[]
}

/** Sources of a summary. */
export interface Explaining {
  /** Returns the entries of one of its layers. */
  treeOf(layer: Layer): Tree
  readonly readers: readonly RecordReader[]
  /** Requested packages and their dependencies, by ecosystem. Default: from the packages' records. */
  readonly known?: ReadonlyMap<string, Requirements>
}

/** Summarises an image. */
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

/** Formats a platform as `os/architecture[/variant]`. */
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

/** Returns the packages of each layer, with the requested packages that need them. */
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
