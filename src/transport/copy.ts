/** Copies contents and all that they list from a source to a target: children before parents, nothing that the target has. */

import { type Content, contentOf } from '../base/bytes.ts'
import type { Watch } from '../base/event.ts'
import { together } from '../base/limit.ts'
import { isDocumentType, isIndexType, parseIndex, parseManifest } from '../format/oci.ts'
import type { Descriptor } from '../layer/layer.ts'
import { type ContentSource, type ContentTarget, readDocument, trying, verified } from './content.ts'
import { refuseOther } from './found-image.ts'

/** From where to where. */
export interface Copying {
  readonly from: ContentSource
  readonly to: ContentTarget
  readonly watch: Watch
}

/** Maximum nesting depth of indexes. */
const mostLevels = 4
/** Layers of one image that are copied at once. */
const concurrency = 4

/** Copies a content and all below it. @throws BuildError archive.invalid, network.*, and those of the target */
export async function copyContent(root: Descriptor, copying: Copying, level: number = 0): Promise<void> {
  const { from, to, watch } = copying
  watch.signal.throwIfAborted()
  // What is there had its children before it.
  if (await to.has(root)) return
  if (!isDocumentType(root.mediaType) || level > mostLevels)
    return await trying(async () => to.put(root, followed(await from.get(root), root, copying)))
  const bytes = await readDocument(from, root)
  const children = childrenOf(root, bytes, from.name)
  // Images of an index one after the other, the layers of an image together.
  const atOnce = isIndexType(root.mediaType) ? 1 : concurrency
  const copyChild = (child: Descriptor, signal: AbortSignal): Promise<void> =>
    copyContent(child, { from, to, watch: { ...watch, signal } }, level + 1)
  await together(children, copyChild, { concurrency: atOnce, signal: watch.signal })
  await to.put(root, contentOf(bytes))
}

function followed(content: Content, descriptor: Descriptor, { from, watch }: Copying): Content {
  const { size, open } = from.isVerified === true ? content : verified(content, descriptor, from.name)
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let done = 0
    for await (const chunk of open()) {
      watch.signal.throwIfAborted()
      done += chunk.length
      watch.report({ at: 'write', subject: `blob ${descriptor.digest}`, done, total: size })
      yield chunk
    }
  }
  return { size, open: bytes }
}

/** Returns the contents that a document lists, each once, without layers that are stored elsewhere (layer.md, "Non-Distributable Layers"). */
function childrenOf(descriptor: Descriptor, bytes: Uint8Array, place: string): readonly Descriptor[] {
  const name = `${place}: ${descriptor.digest}`
  const listed = isIndexType(descriptor.mediaType) ? indexChildren(bytes, name) : manifestChildren(bytes, name)
  return [...new Map(listed.map((child) => [child.digest, child])).values()]
}

/** @throws BuildError archive.invalid - a part that cannot be read would be missing in the copy */
function indexChildren(bytes: Uint8Array, name: string): readonly Descriptor[] {
  const { manifests, others } = parseIndex(bytes, name).value
  const [other] = others
  if (other !== undefined) refuseOther(name, other)
  return manifests
}

function manifestChildren(bytes: Uint8Array, name: string): readonly Descriptor[] {
  const { config, layers } = parseManifest(bytes, name).value
  return [config, ...layers.filter(({ mediaType }) => !/\.(foreign|nondistributable)\./.test(mediaType))]
}
