/**
 * Builds the documents that need the diff IDs of a plan's layers: config, manifest, and the index of a docker-archive.
 *
 * A docker-archive streams its layers first and settles last; a layout or a registry settles each layer first. Both end here.
 */
import { type Digest, digestOf, hexOf } from '../base/digest.ts'
import { type Document, documentOf } from '../base/document.ts'
import { formatArchiveIndex, formatRepositories } from '../format/docker-archive.ts'
import { mediaTypes } from '../format/media-types.ts'
import { parseReference, repositoryOf } from '../format/reference.ts'
import type { Descriptor, LayerPlan } from '../layer/layer.ts'
import { makeConfig } from './config.ts'
import type { ImageConfig, ImagePlan, Manifest } from './image.ts'

/** Documents of an image whose layers are known. */
export interface Settled {
  readonly config: Document<ImageConfig>
  /** ID of the image: the digest of its config. */
  readonly id: Digest
  readonly manifest: Document<Manifest>
}

/**
 * Builds the documents of a planned image.
 *
 * @param diffIds - of each layer of the plan, bottom first.
 * @param blobs - blobs that the layers are stored as, if they are compressed.
 */
export function settle(plan: ImagePlan, diffIds: readonly Digest[], blobs?: readonly Descriptor[]): Settled {
  const config = makeConfig(plan, diffIds)
  const id = digestOf(config.bytes)
  const { annotations = {} } = plan
  const layers = blobs ?? plan.layers.map((layer, index) => uncompressed(layer, diffIds[index]))
  const manifest = documentOf<Manifest>({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: id, size: config.bytes.length },
    layers,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations: sortedByKey(annotations) }),
  })
  return { config, id, manifest }
}

/** Builds `manifest.json` of a docker-archive with planned images of these IDs. */
export function settleArchiveIndex(plans: readonly ImagePlan[], ids: readonly Digest[]): Uint8Array {
  return formatArchiveIndex(
    plans.map((plan, index) => ({
      Config: configMember(ids[index] ?? withoutId()),
      RepoTags: plan.names,
      Layers: plan.layers.map(layerMember),
    })),
  )
}

/** Builds `repositories`, the older index: from names and tags to the directory of the image's top layer. */
export function settleRepositories(plans: readonly ImagePlan[]): Uint8Array {
  const byName = new Map<string, Map<string, string>>()
  for (const { names, layers } of plans) {
    const top = layers.at(-1)
    for (const { tag, ...name } of names.flatMap((text) => parseReference(text) ?? [])) {
      if (top === undefined || tag === undefined) continue
      const tags = byName.get(repositoryOf(name)) ?? new Map<string, string>()
      byName.set(repositoryOf(name), tags.set(tag, hexOf(top.name)))
    }
  }
  return formatRepositories(byName)
}

/** Returns the name of a layer's member. It is known before the layer's bytes, so builds with and without a cache give the same archive. */
export function layerMember(layer: LayerPlan): string {
  return `${hexOf(layer.name)}/layer.tar`
}

/** Returns the name of the config's member. */
export function configMember(id: Digest): string {
  return `${hexOf(id)}.json`
}

function sortedByKey(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function withoutId(): never {
  throw new Error('unreachable: each image has an ID')
}

function uncompressed(layer: LayerPlan, diffId: Digest | undefined): Descriptor {
  if (diffId === undefined) throw new Error('unreachable: each layer has a diff ID')
  return { mediaType: mediaTypes.layer, digest: diffId, size: layer.size }
}
