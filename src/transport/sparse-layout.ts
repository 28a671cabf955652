/**
 * An image as a store object: an OCI layout with its manifest and its config, byte for byte, but without its layers, which are the store's.
 *
 * `layers` names the layers' files, one a line, so that the object refers to them and garbage collection keeps them together. Reading it
 * is reading a layout (open-file.ts).
 */
import { hexOf } from '../base/digest.ts'
import { layoutVersionBytes } from '../format/oci.ts'
import { layerFile } from '../image/base.ts'
import type { Image } from '../image/image.ts'
import type { Store } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { file, memoryTree } from '../tree/memory.ts'
import { layoutIndexBytes, withNames } from './layout-names.ts'
import { layoutVersionName } from './layout-read.ts'
import { descriptorOf } from './packed-image.ts'

/** Adds an image, whose layers the store has, under a name. @throws BuildError store.* */
export async function addSparseLayout(
  path: StorePath,
  { manifest, config, layers }: Image,
  { name, store }: { readonly name: string; readonly store: Store },
): Promise<ReturnType<Store['add']>> {
  const descriptor = descriptorOf(manifest.value.mediaType, manifest.bytes)
  const files = [...new Set(layers.map(({ diffId }) => layerFile(diffId)))]
  const tree = memoryTree({
    [layoutVersionName]: file(layoutVersionBytes),
    'index.json': file(layoutIndexBytes(withNames([], descriptor, [name]))),
    [`blobs/sha256/${hexOf(descriptor.digest)}`]: file(manifest.bytes),
    [`blobs/sha256/${hexOf(manifest.value.config.digest)}`]: file(config.bytes),
    layers: file(files.map((layer) => `${logical(layer)}\n`).join('')),
  })
  return store.add(path, tree, { candidates: files })
}
