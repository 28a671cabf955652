/**
 * Package indexes of an archive: the current ones, and their content, verified from the signed `InRelease` down.
 *
 * Follows the Debian repository format. An index is requested by its hash, so that a concurrent mirror update does no harm, then by its
 * name. It is stored compressed as downloaded, and uncompressed; the positions of its packages are remembered, so that later look-ups take
 * milliseconds.
 */
import type { LocalContent } from '../../base/bytes.ts'
import { type Digest, hexOf } from '../../base/digest.ts'
import { BuildError, fail } from '../../base/error.ts'
import { reported } from '../../base/event.ts'
import { limit } from '../../base/limit.ts'
import { type Compression, decompress } from '../../format/compression.ts'
import { indexPackages, openPackagesIndex, type PackagesIndex, packagesIndexer } from '../../format/packages-index.ts'
import type { Workshop } from '../../source/package.ts'
import { readRange } from '../../store/file-range.ts'
import { flatContent } from '../../store/flat-content.ts'
import { fixedPath, recipePath, type StorePath } from '../../store/store-path.ts'
import type { LockedIndex } from '../lock/resolution.ts'
import type { DebianSet } from '../options.ts'
import type { Mirrors } from './apt.ts'
import { below, fromFirst, isMissing, type Part, partsOf, snapshotOf } from './mirrors.ts'
import { checkRelease } from './release.ts'
import type { IndexedPackages } from './universe.ts'

/** Maximum size of an InRelease, in bytes (Debian's is 150 kB). */
export const releaseLimit: number = 16 * 1024 * 1024

/** File name suffixes in order of preference: the smallest first. */
export const packings: readonly { readonly suffix: string; readonly kind: Compression }[] = [
  { suffix: '.xz', kind: 'xz' },
  { suffix: '.gz', kind: 'gzip' },
  { suffix: '', kind: 'none' },
]

/** An archive as one set sees it. */
export interface Archive {
  readonly set: DebianSet
  readonly architecture: string
  readonly mirrors: Mirrors
}

/** Finds the current indexes. `earlier`: those of the lock; a current one must not be older. @throws BuildError debian.*, network.* */
export async function askIndexes(
  archive: Archive,
  earlier: readonly LockedIndex[],
  shop: Workshop,
): Promise<readonly LockedIndex[]> {
  const parts = partsOf(archive.set, archive.mirrors)
  return limit(parts, (part) => askIndex(archive, part, { earlier, shop }), { concurrency: 4, signal: shop.signal })
}

async function askIndex(
  { set, architecture, mirrors }: Archive,
  { suite, base }: Part,
  { earlier, shop }: { readonly earlier: readonly LockedIndex[]; readonly shop: Workshop },
): Promise<LockedIndex> {
  const urls = mirrors[base].map((mirror) => below(mirror, `dists/${suite}/InRelease`))
  const asked = fromFirst(urls, async (url) => {
    const bytes = await shop.get(url, releaseLimit)
    return checkRelease(bytes, { suite, set, earlier: earlier.find((each) => each.suite === suite) }, shop)
  })
  const release = await asked.catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown
    return refuseSuite(suite, mirrors[base], thrown)
  })
  for (const { suffix } of packings) {
    const file = `main/binary-${architecture}/Packages${suffix}`
    const entry = release.entry(file)
    if (entry !== undefined) return { suite, base, date: release.date, release: release.digest, file, ...entry }
  }
  return fail('debian.index-missing', `The InRelease of ${suite} lists no package index for ${architecture}.`, {
    remedy: 'Check `architecture`, or use another mirror.',
    detail: { suite, architecture },
  })
}

function refuseSuite(suite: string, mirrors: readonly URL[], cause: unknown): never {
  const asked = mirrors.map(({ protocol, host, pathname }) => `${protocol}//${host}${pathname}`).join(' and ')
  return fail('debian.suite-missing', `There is no suite "${suite}" at ${asked}.`, {
    remedy:
      'Check the suite\'s name, a codename such as "bookworm", and the mirror; for an archived release, pass `mirrors` of an archive of old releases.',
    cause,
    detail: { suite, mirrors: asked },
  })
}

/**
 * Reads indexes from the store or the mirrors.
 *
 * @throws BuildError debian.index-gone if no mirror has a recorded index any more; network.*
 */
export async function openIndexes(
  archive: Archive,
  indexes: readonly LockedIndex[],
  shop: Workshop,
): Promise<readonly IndexedPackages[]> {
  return limit(indexes, async (index) => opened(index, await unpacked(index, archive, shop), shop), {
    concurrency: 2,
    signal: shop.signal,
  })
}

function unpackedPath({ sha256 }: LockedIndex): StorePath {
  return recipePath('Packages', { maker: 'debian-packages-1', from: sha256 })
}

/** Tells whether the store has an index, so that opening it asks no mirror. */
export function isUnpacked(index: LockedIndex, { store }: Workshop): boolean {
  return store.info(unpackedPath(index)) !== undefined
}

async function unpacked(index: LockedIndex, archive: Archive, shop: Workshop): Promise<StorePath> {
  const path = unpackedPath(index)
  if (shop.store.info(path) !== undefined) return path
  const packed = flatContent(await fetchIndex(index, archive, shop), shop.store)
  const bytes = searched(decompress(packingOf(index.file), packed.open(), { name: index.file }), index, shop)
  const part = { at: 'resolve', subject: `the package index of ${index.suite}` } as const
  await reported(part, shop, () => shop.store.addFile(path, bytes, { candidates: [] }))
  return path
}

/** Returns the compression of an index, from its name. */
export function packingOf(file: string): Compression {
  return packings.find(({ suffix }) => suffix !== '' && file.endsWith(suffix))?.kind ?? 'none'
}

const placesFact = 'packages-index-2'

/** Decodes an index, and finds the positions of its packages in the same pass. */
async function* searched(
  bytes: AsyncIterable<Uint8Array>,
  { sha256 }: LockedIndex,
  shop: Workshop,
): AsyncGenerator<Uint8Array> {
  const indexer = packagesIndexer()
  for await (const piece of bytes) {
    indexer.take(piece)
    yield piece
  }
  shop.store.memory.rememberFact(placesFact, sha256, indexer.finish())
}

function opened({ base, sha256 }: LockedIndex, path: StorePath, shop: Workshop): IndexedPackages {
  const content = flatContent(path, shop.store)
  const known = openPackagesIndex(shop.store.memory.fact(placesFact, sha256) ?? '')
  return {
    base,
    index: known ?? searchedAgain(content, sha256, shop),
    paragraph: ({ offset, size }) => Buffer.from(readRange(content, offset, size)).toString('latin1'),
  }
}

function searchedAgain(content: LocalContent, sha256: Digest, shop: Workshop): PackagesIndex {
  const text = indexPackages(content.open())
  shop.store.memory.rememberFact(placesFact, sha256, text)
  return openPackagesIndex(text) ?? unreadable()
}

function unreadable(): never {
  throw new Error('unreachable: a stored index that cannot be read')
}

/** Store path of an index in its downloaded form. */
export function indexPath(index: LockedIndex): StorePath {
  return fixedPath(indexName(index), index.sha256)
}

function indexName({ suite, file }: LockedIndex): string {
  return `${suite}-${file.slice(file.lastIndexOf('/') + 1)}`
}

/** Fetches an index of any kind into the store, as it is packed. @throws BuildError debian.index-gone, network.* */
export async function fetchIndex(
  index: LockedIndex,
  { set, mirrors }: Pick<Archive, 'set' | 'mirrors'>,
  shop: Workshop,
): Promise<StorePath> {
  const { suite, base, file, sha256, size } = index
  const folder = `dists/${suite}/${file.slice(0, file.lastIndexOf('/'))}`
  const snapshot = snapshotOf(set, index)
  const urls = [...mirrors[base], ...(snapshot === undefined ? [] : [snapshot])].flatMap((mirror) => [
    below(mirror, `${folder}/by-hash/SHA256/${hexOf(sha256)}`),
    below(mirror, `dists/${suite}/${file}`),
  ])
  try {
    return (await shop.download(urls, { name: indexName(index), hash: sha256, size })).path
  } catch (thrown) {
    if (!isMissing(thrown) && !(thrown instanceof BuildError && moved.has(thrown.code))) throw thrown
    const what = file.includes('/Contents-') ? 'contents' : 'package'
    return fail('debian.index-gone', `No mirror has the ${what} index of ${suite} of ${index.date} any more.`, {
      remedy: 'Run `slipway lock --update FILE` to use the current one.',
      cause: thrown,
      detail: { suite, date: index.date },
    })
  }
}

/** Failure of a request for an index by name, if the index has been replaced since. */
const moved: ReadonlySet<string> = new Set(['network.digest-mismatch', 'network.too-large', 'network.incomplete'])
