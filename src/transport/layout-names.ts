/** `index.json` of a layout: which contents have which names (image-layout.md and annotations.md of the OCI image specification). */
import { documentOf } from '../base/document.ts'
import { mediaTypes, type OtherDescriptor } from '../format/oci.ts'
import { formatReference, parseReference, qualified } from '../format/reference.ts'
import type { Descriptor } from '../layer/layer.ts'

/** Annotations for names and tags; the second one is containerd's, for full names. */
export const refNameAnnotation = 'org.opencontainers.image.ref.name'
export const imageNameAnnotation = 'io.containerd.image.name'

/** Adds a content under names to a list, replacing contents with one of these names; undefined means no name. */
export function withNames(
  listed: readonly Descriptor[],
  descriptor: Descriptor,
  names: readonly (string | undefined)[],
): readonly Descriptor[] {
  const kept = listed.filter(({ annotations }) => !names.includes(annotations?.[refNameAnnotation]))
  return [...kept, ...names.map((name) => named(descriptor, name))]
}

/** Returns the bytes of `index.json`. */
export function layoutIndexBytes(manifests: readonly (Descriptor | OtherDescriptor)[]): Uint8Array {
  return documentOf({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }).bytes
}

/** Returns an entry of `index.json`: with the name as given, and in full for containerd. */
function named(descriptor: Descriptor, name: string | undefined): Descriptor {
  if (name === undefined) return descriptor
  const reference = /[:/]/.test(name) ? parseReference(name) : undefined
  const full = reference === undefined ? {} : { [imageNameAnnotation]: formatReference(qualified(reference)) }
  return { ...descriptor, annotations: { ...full, [refNameAnnotation]: name } }
}
