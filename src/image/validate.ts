/**
 * Validates images: every image that is read, and every image that a test builds.
 *
 * Follows the OCI image specification v1.1 (manifest.md, config.md): counts, digests and sizes agree between manifest, config and layers.
 */
import { digestOf } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { parseTime } from '../base/time.ts'
import { isConfigType, isManifestType } from '../format/oci.ts'
import { layersIn } from './history.ts'
import type { Image } from './image.ts'

/**
 * Checks an image and returns it.
 *
 * @param origin - "theirs": a wrong history is accepted, since nothing depends on it.
 * @throws BuildError image.invalid - lists every inconsistency
 */
export function validate(image: Image, name: string, origin: 'ours' | 'theirs' = 'ours'): Image {
  const found = [
    ...ofManifest(image),
    ...ofConfig(image),
    ...ofLayers(image),
    ...(origin === 'ours' ? ofHistory(image) : []),
  ]
  if (found.length === 0) return image
  return fail('image.invalid', `${name} is inconsistent: ${found.join('; ')}.`, {
    remedy: 'Create the image again with its original tool.',
  })
}

function* ofManifest({ manifest, config }: Image): Iterable<string> {
  const { value } = manifest
  if (!isManifestType(value.mediaType)) yield `the manifest's media type is ${value.mediaType}`
  if (value.config.digest !== digestOf(config.bytes)) yield 'the config differs from the one that the manifest names'
  if (value.config.size !== config.bytes.length) yield 'the size of the config differs from the one in the manifest'
  if (!isConfigType(value.config.mediaType)) yield `the config's media type is ${value.config.mediaType}`
}

function* ofConfig({ config, layers }: Image): Iterable<string> {
  const { value } = config
  if (value.architecture === '' || value.os === '') yield 'the config names no architecture or operating system'
  const { diff_ids } = value.rootfs
  if (diff_ids.length !== layers.length) yield `the config lists ${diff_ids.length} layers of ${layers.length}`
}

function* ofHistory({ config }: Image): Iterable<string> {
  const { created, history, rootfs } = config.value
  if (history !== undefined && layersIn(history) !== rootfs.diff_ids.length)
    yield `the history has entries for ${layersIn(history)} of ${rootfs.diff_ids.length} layers`
  const dates = [created, ...(history ?? []).map((entry) => entry.created)]
  for (const date of dates)
    if (date !== undefined && (date.startsWith('@') || parseTime(date) === undefined))
      yield `"${date}" is not a valid date`
}

function* ofLayers({ manifest, config, layers }: Image): Iterable<string> {
  const listed = manifest.value.layers
  if (listed.length !== layers.length) yield `the manifest lists ${listed.length} layers of ${layers.length}`
  for (const [index, layer] of layers.entries()) {
    if (layer.diffId !== config.value.rootfs.diff_ids[index])
      yield `the diff ID of layer ${index} differs from the one in the config`
    const { digest, size } = layer.descriptor
    if (digest !== listed[index]?.digest) yield `the digest of layer ${index} differs from the one in the manifest`
    if (size !== listed[index]?.size) yield `the size of layer ${index} differs from the one in the manifest`
  }
}
