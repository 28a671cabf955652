/**
 * An archive's package indexes: which there are today, and their content, verified from the signed `InRelease` down.
 *
 * Follows the Debian repository format. An index is asked by its hash, so a mirror's update in between does no harm, then by its name.
 * It is kept in the store as it came and unpacked; where its packages stand is remembered, so that a later look takes milliseconds.
 */
import { gather } from '../../base/bytes.ts'
import { hexOf } from '../../base/digest.ts'
import { BuildError, fail } from '../../base/error.ts'
import { limit } from '../../base/limit.ts'
import { type Compression, decompress } from '../../format/compression.ts'
import { indexPackages, openPackagesIndex, type PackagesIndex } from '../../format/packages-index.ts'
import { fixedPath, recipePath, type StorePath } from '../../store/store-path.ts'
import type { Mirrors, Workshop } from '../package.ts'
import { below, fromFirst, isMissing, type Part, partsOf, snapshotOf } from './mirrors.ts'
import type { DebianSet } from './options.ts'
import { checkRelease } from './release.ts'
import type { LockedIndex } from './resolution.ts'
import type { IndexedPackages } from './universe.ts'

/** Larger than any InRelease (Debian's is 150 kB), in bytes. */
const releaseLimit = 16 * 1024 * 1024

/** In order of preference: what unpacks to the same and is smallest. */
const packings: readonly { readonly suffix: string; readonly kind: Compression }[] = [
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

/** Today's indexes. `earlier`: those of the lock, which today's must not be older than. @throws BuildError debian.*, network.* */
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
  const release = await fromFirst(urls, async (url) => {
    const bytes = await shop.get(url, releaseLimit)
    return checkRelease(bytes, { suite, set, earlier: earlier.find((each) => each.suite === suite) }, shop)
  })
  for (const { suffix } of packings) {
    const file = `main/binary-${architecture}/Packages${suffix}`
    const entry = release.entry(file)
    if (entry !== undefined) return { suite, base, date: release.date, release: release.digest, file, ...entry }
  }
  return fail('debian.index-missing', `The InRelease of ${suite} names no package index for ${architecture}.`, {
    remedy: 'Check `architecture`, or use another mirror.',
    detail: { suite, architecture },
  })
}

/**
 * The content of indexes, from the store or the mirrors.
 *
 * @throws BuildError debian.index-gone when no mirror has a recorded index any more; network.*
 */
export async function openIndexes(
  archive: Archive,
  indexes: readonly LockedIndex[],
  shop: Workshop,
): Promise<readonly IndexedPackages[]> {
  return limit(
    indexes,
    async (index) => {
      const file = read(await unpacked(index, archive, shop), shop)
      return { base: index.base, file, index: indexOf(index, file, shop) }
    },
    { concurrency: 2, signal: shop.signal },
  )
}

async function unpacked(index: LockedIndex, archive: Archive, shop: Workshop): Promise<StorePath> {
  const path = recipePath('Packages', { maker: 'debian-packages-1', from: index.sha256 })
  if (shop.store.info(path) !== undefined) return path
  const packed = await fetchIndex(index, archive, shop)
  const kind = packings.find(({ suffix }) => suffix !== '' && index.file.endsWith(suffix))?.kind ?? 'none'
  await shop.store.addFile(path, decompress(kind, [read(packed, shop)], { name: index.file }), { candidates: [] })
  return path
}

/** The store path of an index as it came. */
export function indexPath(index: LockedIndex): StorePath {
  return fixedPath(indexName(index), index.sha256)
}

function indexName({ suite, file }: LockedIndex): string {
  return `${suite}-${file.slice(file.lastIndexOf('/') + 1)}`
}

async function fetchIndex(index: LockedIndex, { set, mirrors }: Archive, shop: Workshop): Promise<StorePath> {
  const { suite, base, file, sha256, size } = index
  const folder = `dists/${suite}/${file.slice(0, file.lastIndexOf('/'))}`
  const snapshot = snapshotOf(set, index)
  const urls = [...mirrors[base], ...(snapshot === undefined ? [] : [snapshot])].flatMap((mirror) => [
    below(mirror, `${folder}/by-hash/SHA256/${hexOf(sha256)}`),
    below(mirror, `dists/${suite}/${file}`),
  ])
  try {
    return (await shop.download(urls, { name: indexName(index), sha256, size })).path
  } catch (thrown) {
    if (!isMissing(thrown) && !(thrown instanceof BuildError && moved.has(thrown.code))) throw thrown
    return fail(
      'debian.index-gone',
      `The archive has moved on: no mirror has the package index of ${suite} of ${index.date} any more.`,
      {
        remedy: "Run `slipway lock --update FILE` to take today's.",
        cause: thrown,
        detail: { suite, date: index.date },
      },
    )
  }
}

/** What asking for an index by its name gives when that has been replaced since. */
const moved: ReadonlySet<string> = new Set(['network.digest-mismatch', 'network.too-large', 'network.incomplete'])

function indexOf(index: LockedIndex, file: Uint8Array, shop: Workshop): PackagesIndex {
  const known = openPackagesIndex(shop.store.memory.fact('packages-index-1', index.sha256) ?? '')
  if (known !== undefined) return known
  const text = indexPackages(file)
  shop.store.memory.rememberFact('packages-index-1', index.sha256, text)
  const made = openPackagesIndex(text)
  if (made === undefined) throw new Error('unreachable: an index that cannot be read back')
  return made
}

/** The bytes of a flat object. */
function read(path: StorePath, shop: Workshop): Uint8Array {
  for (const entry of shop.store.tree(path).entries()) {
    if (entry.kind === 'file') return gather(entry.content.open())
  }
  throw new Error(`unreachable: ${path} is no file`)
}
