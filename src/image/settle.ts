/**
 * Diff IDs + plan → the documents that can be written only then: config, manifest, and the index of a docker-archive.
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

/** What an image's documents are once its layers are known. */
export interface Settled {
  readonly config: Document<ImageConfig>
  /** The image's ID: the digest of its config. */
  readonly id: Digest
  readonly manifest: Document<Manifest>
}

/**
 * The documents of a planned image.
 *
 * @param diffIds - of each layer of the plan, bottom first.
 * @param blobs - what the layers are stored as, where that is not the uncompressed tar.
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

/** `manifest.json` of a docker-archive that holds planned images with these IDs. */
export function settleArchiveIndex(plans: readonly ImagePlan[], ids: readonly Digest[]): Uint8Array {
  return formatArchiveIndex(
    plans.map((plan, index) => ({
      Config: configMember(ids[index] ?? withoutId()),
      RepoTags: plan.names,
      Layers: plan.layers.map(layerMember),
    })),
  )
}

/** `repositories`, the older index: which image a name and tag stand for, by the folder of its top layer. */
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

/** The name of a layer's member: known before its bytes, so cold and warm builds give one archive. */
export function layerMember(layer: LayerPlan): string {
  return `${hexOf(layer.name)}/layer.tar`
}

/** The name of the config's member. */
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
