/**
 * Writes an OCI image layout as one file: a tar archive of the folder that layout.ts makes (image-layout.md).
 *
 * The folder is made in a temporary place and is gone afterwards. An archive of images also has `manifest.json`, so that older Docker
 * versions load it; that of an index has not, since they know one platform only.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Digest, hexOf } from '../base/digest.ts'
import { pump } from '../base/pump.ts'
import { formatArchiveIndex } from '../format/docker-archive.ts'
import { parseReference } from '../format/reference.ts'
import type { TarForm } from '../format/tar/member.ts'
import { writeTar } from '../format/tar/write.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Settled } from '../image/settle.ts'
import { fileRange } from '../store/file-range.ts'
import { layoutOf } from '../store/layout.ts'
import { type Entry, plain } from '../tree/entry.ts'
import { comparePaths, path } from '../tree/path.ts'
import { replaceFile, writeWholeFile } from './files.ts'
import { type IndexOptions, type LayoutOptions, namesFor, writeIndex, writeLayout } from './layout.ts'

/** Writes a layout of images as one file. @throws BuildError archive.unwritable */
export async function writeLayoutArchive(
  plans: readonly ImagePlan[],
  file: string,
  options: LayoutOptions,
): Promise<readonly Settled[]> {
  return asOneFile(file, async (folder) => {
    const images = await writeLayout(plans, folder, options)
    const names = plans.map((plan) => namesFor(plan, options))
    replaceFile(join(folder, 'manifest.json'), archiveIndex(images, names))
    return images
  })
}

/** Writes a layout that holds an index of images as one file. @throws BuildError archive.unwritable */
export async function writeIndexArchive(
  plans: readonly ImagePlan[],
  file: string,
  options: IndexOptions,
): Promise<readonly Settled[]> {
  return asOneFile(file, (folder) => writeIndex(plans, folder, options))
}

/** The layout that is made in a folder, as one file. */
function asOneFile<T>(file: string, make: (folder: string) => Promise<T>): Promise<T> {
  return writeWholeFile(file, (output) =>
    inFolder(dirname(file), async (folder) => {
      const made = await make(folder)
      await pump(archiveOf(folder), output)
      return made
    }),
  )
}

/** The bytes of a layout that holds an index of images, as one file. */
export async function* indexArchiveBytes(
  plans: readonly ImagePlan[],
  options: IndexOptions,
): AsyncGenerator<Uint8Array> {
  const folder = mkdtempSync(join(layoutOf(options.store.root).temporary, 'layout-'))
  try {
    await writeIndex(plans, folder, options)
    yield* archiveOf(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function inFolder<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent, '.slipway-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const form: TarForm = { names: 'relative', end: 'record' }

function archiveOf(folder: string): Iterable<Uint8Array> {
  return writeTar(entriesOf(folder), form)
}

/** Everything in the folder, in canonical order; owners and times are not the disk's. */
function* entriesOf(folder: string): Iterable<Entry> {
  const found = readdirSync(folder, { withFileTypes: true, recursive: true })
  const names = found.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  for (const name of names.sort(comparePaths)) {
    const file = join(folder, name)
    const { size } = statSync(file)
    if (statSync(file).isDirectory()) yield { kind: 'directory', path: path(name), metadata: plain(0o755, noNames) }
    else
      yield {
        kind: 'file',
        path: path(name),
        metadata: plain(0o644, noNames),
        content: fileRange(file, 0, size),
      }
  }
}

const noNames = { uname: '', gname: '' }

/** `manifest.json` for the loaders that know no layouts. */
function archiveIndex(images: readonly Settled[], names: readonly (readonly (string | undefined)[])[]): Uint8Array {
  return formatArchiveIndex(
    images.map(({ id, manifest }, index) => ({
      Config: blobName(id),
      RepoTags: (names[index] ?? []).flatMap((name) =>
        name !== undefined && parseReference(name)?.tag !== undefined ? [name] : [],
      ),
      Layers: manifest.value.layers.map(({ digest }) => blobName(digest)),
    })),
  )
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`
}
