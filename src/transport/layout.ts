/**
 * Writes an OCI image layout into a directory (OCI image specification, image-layout.md): images, and indexes of images.
 *
 * Every file is written under a temporary name and renamed, `index.json` last, so a reader never sees half an image. Images that a
 * folder holds already stay, but for one of the same name. Processes that add to one layout take turns with `index.json`: each locks
 * the version file, which is written once.
 */
import { existsSync, linkSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, hexOf } from '../base/digest.ts'
import { documentOf } from '../base/document.ts'
import { errorCode, fail } from '../base/error.ts'
import { pump } from '../base/pump.ts'
import { realPath } from '../base/real-path.ts'
import { type ImageConfig, type Index, layoutVersionBytes, mediaTypes, parseIndex } from '../format/oci.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Settled } from '../image/settle.ts'
import type { Descriptor } from '../layer/layer.ts'
import { lock } from '../store/lock.ts'
import { makeDirectories } from '../store/make-directories.ts'
import { removeAbandoned, temporaryDirectory } from '../store/temporary.ts'
import { replaceFile, writeWholeFile } from '../store/whole-file.ts'
import type { PackOptions } from './blob.ts'
import type { ContentTarget } from './content.ts'
import { writable } from './files.ts'
import { layoutIndexBytes, withNames } from './layout-names.ts'
import { layoutVersionName } from './layout-read.ts'
import { isStandardOutput } from './output.ts'
import { descriptorOf, manifestDescriptor, putDocument, putImage } from './packed-image.ts'

/** Options of writing a layout. */
export interface LayoutOptions extends PackOptions {
  /** Name inside the layout, such as "redis:7" or "7". Default: the plan's own names. */
  readonly reference?: string | undefined
}

/** Options of an index of images. */
export interface IndexOptions extends PackOptions {
  /** Its names in the layout, such as "redis:7". */
  readonly names: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
}

/** Target of contents, and of names for some of them. */
export interface NamingTarget extends ContentTarget {
  /** Lists a content under names, replacing contents with one of these names; undefined means no name. */
  name(descriptor: Descriptor, names: readonly (string | undefined)[]): Promise<void>
  /** Lists a content that refers to another one. */
  attach(referrer: Descriptor, subject: Digest): Promise<void>
  /** Lists a content under a tag beside the others. */
  tag(descriptor: Descriptor, tag: string): Promise<void>
}

/** Adds images to the layout in `folder`, which is created if need be. @throws BuildError archive.unwritable, archive.invalid */
export async function writeLayout(
  plans: readonly ImagePlan[],
  folder: string,
  options: LayoutOptions,
): Promise<readonly Settled[]> {
  return inLayout(folder, (target) => putImages(plans, target, options))
}

/** Adds images to a layout, each under its names. */
export async function putImages(
  plans: readonly ImagePlan[],
  target: NamingTarget,
  options: LayoutOptions,
): Promise<readonly Settled[]> {
  const images: Settled[] = []
  for (const plan of plans) {
    const settled = await putImage(plan, target, options)
    await target.name(manifestDescriptor(settled), namesFor(plan, options))
    images.push(settled)
  }
  return images
}

/** Adds images to a layout, and an index that lists them. */
export async function putIndex(
  plans: readonly ImagePlan[],
  target: NamingTarget,
  options: IndexOptions,
): Promise<{ readonly images: readonly Settled[]; readonly index: Descriptor }> {
  const put = await putIndexed(plans, target, options)
  await target.name(put.index, options.names)
  return put
}

/** Writes images and an index of them to a target; returns the descriptor of the index. */
export async function putIndexed(
  plans: readonly ImagePlan[],
  target: ContentTarget,
  options: PackOptions & Pick<IndexOptions, 'annotations'>,
): Promise<{ readonly images: readonly Settled[]; readonly index: Descriptor }> {
  const images: Settled[] = []
  for (const plan of plans) images.push(await putImage(plan, target, options))
  const manifests = images.map((settled) => ({
    ...manifestDescriptor(settled),
    platform: platformOf(settled.config.value),
  }))
  const { annotations = {} } = options
  const { bytes } = documentOf({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  })
  const index = descriptorOf(mediaTypes.index, bytes)
  await putDocument(index, bytes, target)
  return { images, index }
}

/** Runs work in a directory; if the work fails, a new directory is removed. In an existing one, complete blobs stay, for the next run. */
export async function inLayout<T>(name: string, work: (target: NamingTarget) => Promise<T>): Promise<T> {
  if (isStandardOutput(name)) {
    fail('argument.invalid', 'A layout is a directory, so it cannot be written to standard output.', {
      remedy: 'Write oci-archive:- instead, or oci:./- for a directory of that name.',
    })
  }
  return writable(name, async () => {
    const folder = realPath(name)
    const isNew = !existsSync(folder)
    try {
      makeDirectories(blobFolder(folder))
      for (const place of [folder, blobFolder(folder)]) removeAbandoned(place)
      return await work(layoutFolder(folder))
    } catch (thrown) {
      if (isNew) rmSync(folder, { recursive: true, force: true })
      throw thrown
    }
  })
}

function layoutFolder(folder: string): NamingTarget {
  const fileOf = ({ digest }: Descriptor): string => join(blobFolder(folder), hexOf(digest))
  return {
    has: async (descriptor) => statSync(fileOf(descriptor), { throwIfNoEntry: false })?.size === descriptor.size,
    put: async (descriptor, content) => {
      await writeWholeFile(fileOf(descriptor), (output) => pump(content.open(), output))
    },
    ...listTarget(async (change) => {
      makeVersionFile(folder)
      using _alone = await lock(join(folder, layoutVersionName))
      const { manifests, others } = listedIn(folder)
      replaceFile(join(folder, 'index.json'), layoutIndexBytes([...others, ...change(manifests)]))
    }),
  }
}

/** A list of contents after a change. */
export type ListChange = (listed: readonly Descriptor[]) => readonly Descriptor[]

/** Naming, for what keeps a list of contents. */
export function listTarget(
  update: (change: ListChange) => Promise<void>,
): Pick<NamingTarget, 'name' | 'attach' | 'tag'> {
  const name: NamingTarget['name'] = (descriptor, names) => update((listed) => withNames(listed, descriptor, names))
  return {
    name,
    tag: (descriptor, tag) => name(descriptor, [tag]),
    attach: (referrer) =>
      update((listed) => (listed.some(({ digest }) => digest === referrer.digest) ? listed : [...listed, referrer])),
  }
}

/** Makes the version file unless it is there: it is never replaced, so that all processes lock the same file. */
function makeVersionFile(folder: string): void {
  const file = join(folder, layoutVersionName)
  if (existsSync(file)) return
  using temporary = temporaryDirectory(folder)
  const whole = join(temporary.place, layoutVersionName)
  replaceFile(whole, layoutVersionBytes)
  try {
    linkSync(whole, file)
  } catch (error) {
    // Another process was faster, or this file system has no hard links.
    if (errorCode(error) !== 'EEXIST') replaceFile(file, layoutVersionBytes)
  }
}

/** Returns the names of a plan in a layout. */
function namesFor(plan: ImagePlan, { reference }: LayoutOptions): readonly (string | undefined)[] {
  if (reference !== undefined) return [reference]
  return plan.names.length === 0 ? [undefined] : plan.names
}

function platformOf({ architecture, os, variant }: ImageConfig): NonNullable<Descriptor['platform']> {
  return { architecture, os, ...(variant === undefined ? {} : { variant }) }
}

function listedIn(folder: string): Pick<Index, 'manifests' | 'others'> {
  const file = join(folder, 'index.json')
  try {
    return parseIndex(readFileSync(file), file).value
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { manifests: [], others: [] }
    throw error
  }
}

function blobFolder(folder: string): string {
  return join(folder, 'blobs', 'sha256')
}
