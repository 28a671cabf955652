/**
 * Recipes of `pullImage`: their paths (act 3), and how the image and its archive are made (act 4).
 *
 * Loaded by `import()` only: describing an image loads none of this.
 */
import { createHash } from 'node:crypto'
import { algorithmOf, type Digest, digestOf, type FileHash, formatSri, isDigest } from '../../base/digest.ts'
import { fail } from '../../base/error.ts'
import { pump } from '../../base/pump.ts'
import { layerFile } from '../../image/base.ts'
import type { Image } from '../../image/image.ts'
import { rememberBase } from '../../image/known-bases.ts'
import { type Platform, processorNamed } from '../../image/platform.ts'
import type { Definition, Instantiating, Maker, Recipe, Workshop } from '../../source/package.ts'
import { lentBytes } from '../../store/file-range.ts'
import type { StoreReader } from '../../store/store.ts'
import { fixedPath, recipePath, type StorePath } from '../../store/store-path.ts'
import { pullImage } from '../../transport/pull.ts'
import { readImage } from '../../transport/read-image.ts'
import { skopeoArchive, skopeoArchiveSize } from '../../transport/skopeo-archive.ts'
import { addSparseLayout } from '../../transport/sparse-layout.ts'
import type { Pull } from './arguments.ts'
import type { PulledArchive } from './pull-image.ts'
import { type PulledIdentity, pulledName, pulledPath } from './pulled-path.ts'
import { nameOf, pinned, registrySettings, resolvePulls } from './resolve.ts'

/** Makes images that are pulled from registries. */
export const pulledImageMaker: Maker<Pull> = {
  resolve: resolvePulls,
  instantiate: ({ arguments: pull }, _given, shop) => imageRecipe(pull, shop),
}

function imageRecipe(pull: Pull, shop: Workshop): Recipe {
  const platform = { os: pull.os, ...(pull.arch ?? processorNamed(shop.architecture)) }
  const { digest, published } = pinned(pull, platform, shop)
  const { repository, tag, final, hash } = pull
  const which = { repository, tag, published, digest, final }
  const base = { name: tag === null ? `${repository}@${published}` : `${repository}:${tag}`, digest: published }
  const identity: PulledIdentity = pull.digest === null ? which : { ...which, platform }
  const path = pulledPath(identity, hash === null ? {} : { hash })
  return {
    path,
    // The archive's hash does not affect the image that is pulled.
    content: pulledPath(identity),
    name: pulledName(pull),
    as: 'store',
    inputs: [],
    requires: [],
    published: base,
    realise: async (shop) => {
      const image = await fetched(pull, { digest, platform }, shop)
      if (hash !== null) await checkHash(image, { pull, hash }, shop)
      rememberBase(shop.store.memory, image, base)
      return addSparseLayout(path, image, { name: `${final.name}:${final.tag}`, store: shop.store })
    },
  }
}

async function fetched(
  pull: Pull,
  { digest, platform }: { readonly digest: string; readonly platform: Platform },
  shop: Workshop,
): Promise<Image> {
  const { repository, maxUnpackedBytes } = pull
  return pullImage(`${repository}@${digest}`, {
    store: shop.store,
    watch: shop,
    registries: await shop.registries(registrySettings(pull)),
    platform,
    ...(maxUnpackedBytes === null ? {} : { maxUnpackedBytes }),
  })
}

async function checkHash(
  image: Image,
  { pull, hash }: { readonly pull: Pull; readonly hash: FileHash },
  { store, signal }: Workshop,
): Promise<void> {
  const found = await archiveHash(image, pull.final, { algorithm: algorithmOf(hash), store, signal })
  if (found !== hash) refuseHash(nameOf(pull), hash, found)
}

/** Computes the hash of the archive that skopeo would make of an image, without storing it. */
export async function archiveHash(
  image: Image,
  final: Pull['final'],
  { algorithm, store, signal }: Pick<Workshop, 'store' | 'signal'> & { readonly algorithm: 'sha256' | 'sha512' },
): Promise<FileHash> {
  const hasher = createHash(algorithm)
  for await (const chunk of skopeoArchive(lent(image, store), final)) {
    signal.throwIfAborted()
    hasher.update(chunk)
  }
  return `${algorithm}:${hasher.digest('hex')}`
}

function refuseHash(name: string, expected: FileHash, found: FileHash): never {
  const shown = (hash: FileHash): string => (isDigest(hash) ? formatSri(hash) : hash)
  return fail(
    'store.hash-mismatch',
    `The archive of ${name} must have the hash ${shown(expected)}; got ${shown(found)}.`,
    {
      remedy: `Write \`hash: "${shown(found)}"\` if the image is the right one; the hash depends on finalImageName and finalImageTag, too.`,
      detail: { name, expected: shown(expected), found: shown(found) },
    },
  )
}

/** Writes the archive of a pulled image to a descriptor, without storing it. `path`: the image's. */
export async function sendPulled(
  path: StorePath,
  { final, output, shop }: { readonly final: Pull['final']; readonly output: number; readonly shop: Workshop },
): Promise<{ readonly id: Digest; readonly sent: number }> {
  const image = await storedPull(path, shop)
  async function* archive(): AsyncGenerator<Uint8Array> {
    for await (const chunk of skopeoArchive(image, final)) {
      shop.signal.throwIfAborted()
      yield chunk
    }
  }
  return { sent: await pump(archive(), output), id: digestOf(image.config.bytes) }
}

/** Reads a pulled image, which is in the store. */
async function storedPull(path: StorePath, { store, signal, report }: Workshop): Promise<Image> {
  const image = await readImage(store.physical(path), { store, watch: { signal, report }, keepPacked: true })
  return lent(image, store)
}

/** The image with layers whose chunks are done with when the next is asked for: the garbage of others would fill memory. */
function lent(image: Image, store: Pick<StoreReader, 'physical'>): Image {
  const layers = image.layers.map((layer) => ({
    ...layer,
    open: () => lentBytes(store.physical(layerFile(layer.diffId))),
  }))
  return { ...image, layers }
}

/** Makes archives of pulled images: self-contained files, without references. */
export const pulledArchiveMaker: Maker<PulledArchive> = { instantiate: archiveRecipe }

function archiveRecipe({ name, arguments: { pulled, pull } }: Definition<PulledArchive>, given: Instantiating): Recipe {
  const source = given.of(pulled)
  const { hash, final } = pull
  const path =
    hash === null
      ? recipePath(name, { maker: 'pulled-archive-1', name, image: source.content ?? source.path })
      : fixedPath(name, hash)
  return {
    path,
    name,
    as: 'store',
    inputs: [source],
    requires: [],
    realise: async (shop) => {
      const { store } = shop
      const found = await storedPull(source.path, shop)
      const size = skopeoArchiveSize(found, final)
      const fixed = hash === null ? {} : { fixed: hash }
      return store.addFile(path, skopeoArchive(found, final), { size, candidates: [], ...fixed })
    },
  }
}
