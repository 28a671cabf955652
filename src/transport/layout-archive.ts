/**
 * Writes an OCI image layout as one file, in one pass: a tar archive with the entries that layout.ts writes to a directory (image-layout.md).
 *
 * Entries are sorted by name, so nothing is written before all contents are known; until then only documents are kept in memory.
 * An archive of images also has `manifest.json`, so that older Docker versions load it; that of an index has not, since they know one
 * platform only.
 */
import { type Content, collect, contentOf } from '../base/bytes.ts'
import { type Digest, hexOf } from '../base/digest.ts'
import { pump } from '../base/pump.ts'
import { type ArchiveItem, formatArchiveIndex } from '../format/docker-archive.ts'
import { isConfigType, isLayerType, isManifestType, layoutVersionBytes, parseManifest } from '../format/oci.ts'
import { parseReference } from '../format/reference.ts'
import { headerBytes } from '../format/tar/encode.ts'
import { type MemberHeader, paddingOf } from '../format/tar/member.ts'
import { endSize } from '../format/tar/write.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Settled } from '../image/settle.ts'
import type { Descriptor } from '../layer/layer.ts'
import { plain } from '../tree/entry.ts'
import { comparePaths } from '../tree/path.ts'
import { type IndexOptions, type LayoutOptions, listTarget, type NamingTarget, putImages, putIndex } from './layout.ts'
import { layoutIndexBytes, refNameAnnotation } from './layout-names.ts'
import { layoutVersionName } from './layout-read.ts'
import { writeOutput } from './output.ts'

/** Writes a layout of images as one file. @throws BuildError archive.unwritable */
export async function writeLayoutArchive(
  plans: readonly ImagePlan[],
  file: string,
  options: LayoutOptions,
): Promise<readonly Settled[]> {
  return writeArchive(file, (target) => putImages(plans, target, options), options.watch)
}

/** Writes the layout that some work fills. @throws BuildError archive.unwritable */
export async function writeArchive<T>(
  file: string,
  work: (target: NamingTarget) => Promise<T>,
  waiting: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  const write = async (output: number): Promise<T> => {
    const archive = layoutArchive()
    const result = await work(archive)
    await pump(archive.bytes(), output)
    return result
  }
  return writeOutput(file, write, waiting)
}

/** Yields the bytes of a layout with an index of images, as one file. */
export async function* indexArchiveBytes(
  plans: readonly ImagePlan[],
  options: IndexOptions,
): AsyncGenerator<Uint8Array> {
  const archive = layoutArchive()
  await putIndex(plans, archive, options)
  yield* archive.bytes()
}

/** A layout for a reader that has some of the layers. */
export interface PartialLayout {
  readonly images: readonly Settled[]
  /** Size of the layers that are in it, in bytes. */
  readonly size: number
  bytes(): AsyncGenerator<Uint8Array>
}

/**
 * Makes a layout of images as one file that lists all layers and holds only those that its reader lacks. It has no `manifest.json`, which
 * would make it a docker-archive, and those must be complete.
 *
 * @param has - whether the reader has the layer with this digest.
 */
export async function partialLayout(
  plans: readonly ImagePlan[],
  has: (digest: Digest) => boolean,
  options: LayoutOptions,
): Promise<PartialLayout> {
  const archive = layoutArchive({ has, isLoadable: false })
  let size = 0
  const put: NamingTarget['put'] = async (descriptor, content) => {
    if (isLayerType(descriptor.mediaType)) size += descriptor.size
    await archive.put(descriptor, content)
  }
  const images = await putImages(plans, { ...archive, put }, options)
  return { images, size, bytes: archive.bytes }
}

/** Layout that is collected first and written at the end. */
interface LayoutArchive extends NamingTarget {
  bytes(): AsyncGenerator<Uint8Array>
}

interface LayoutArchiveOptions {
  /** Tells whether the reader has a layer. Default: it has none. */
  readonly has?: (digest: Digest) => boolean
  /** Whether `manifest.json` is added. Default: true. */
  readonly isLoadable?: boolean
}

function layoutArchive({ has = () => false, isLoadable = true }: LayoutArchiveOptions = {}): LayoutArchive {
  const contents = new Map<Digest, Content>()
  let listed: readonly Descriptor[] = []
  return {
    has: async ({ digest, mediaType }) => contents.has(digest) || (isLayerType(mediaType) && has(digest)),
    put: async ({ digest }, content) => {
      contents.set(digest, content)
    },
    ...listTarget(async (change) => {
      listed = change(listed)
    }),
    bytes: async function* () {
      const files = new Map([...contents].map(([digest, content]) => [blobName(digest), content]))
      files.set('index.json', contentOf(layoutIndexBytes(listed)))
      files.set(layoutVersionName, contentOf(layoutVersionBytes))
      const loadable = isLoadable ? await archiveIndex(listed, contents) : undefined
      if (loadable !== undefined) files.set('manifest.json', contentOf(loadable))
      yield* tarBytes(files)
    },
  }
}

/** Files in the order of their names, with the directories above them; owners and times are always the same. */
async function* tarBytes(files: ReadonlyMap<string, Content>): AsyncGenerator<Uint8Array> {
  const names = [...files.keys(), 'blobs', 'blobs/sha256'].sort(comparePaths)
  let total = 0
  for (const name of names) {
    const content = files.get(name)
    const header = headerBytes(content === undefined ? directory(name) : file(name, content.size))
    yield header
    if (content !== undefined) yield* content.open()
    const padding = paddingOf(content?.size ?? 0)
    if (padding > 0) yield new Uint8Array(padding)
    total += header.length + (content?.size ?? 0) + padding
  }
  yield new Uint8Array(endSize(total, 'record'))
}

const noNames = { uname: '', gname: '' }

function file(name: string, size: number): MemberHeader {
  return { type: 'file', name, link: '', size, metadata: plain(0o644, noNames), major: 0, minor: 0 }
}

function directory(name: string): MemberHeader {
  return { ...file(`${name}/`, 0), type: 'directory', metadata: plain(0o755, noNames) }
}

/** `manifest.json` for the loaders that know no layouts; undefined where something other than images is listed. */
async function archiveIndex(
  listed: readonly Descriptor[],
  contents: ReadonlyMap<Digest, Content>,
): Promise<Uint8Array | undefined> {
  if (!listed.every(({ mediaType }) => isManifestType(mediaType))) return undefined
  const items = new Map<Digest, ArchiveItem>()
  for (const { digest, annotations } of listed) {
    const { config, layers } = parseManifest(await collect(contents.get(digest)?.open() ?? []), blobName(digest)).value
    if (!isConfigType(config.mediaType)) continue
    const known = items.get(digest)?.RepoTags ?? []
    const name = annotations?.[refNameAnnotation]
    const isFull = name !== undefined && parseReference(name)?.tag !== undefined
    items.set(digest, {
      Config: blobName(config.digest),
      RepoTags: isFull ? [...known, name] : known,
      Layers: layers.map((layer) => blobName(layer.digest)),
    })
  }
  return formatArchiveIndex([...items.values()])
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`
}
