/**
 * Contents indexes of a suite: which package has which file, for one architecture and for "all".
 *
 * A lock does not record them, so they are looked up when they are first needed: in the `InRelease` that the lock was made from, if a mirror still
 * has it, else in its current one, whose signature is verified. The answer is remembered, and the indexes are kept in the store, packed.
 */
import { digestFromHex, digestOf, hexOf } from '../../base/digest.ts'
import { isPlainObject, jsonIn } from '../../base/document.ts'
import { BuildError } from '../../base/error.ts'
import type { Workshop } from '../../source/package.ts'
import type { StorePath } from '../../store/store-path.ts'
import type { LockedIndex } from '../lock/resolution.ts'
import type { DebianSet } from '../options.ts'
import { fetchIndex, indexPath, packings, releaseLimit } from './archive.ts'
import { below, fromFirst, mirrorsOf, snapshotOf } from './mirrors.ts'
import { checkRelease, entriesOf } from './release.ts'

/** A contents index in the store. */
export interface ContentsIndex {
  readonly index: LockedIndex
  readonly path: StorePath
}

/** Contents indexes of the suite that a package index belongs to. */
export interface ContentsRequest {
  readonly set: DebianSet
  readonly architecture: string
  /** The package index. */
  readonly index: LockedIndex
}

/** Returns the indexes, from the store or a mirror; none if the suite has none. @throws BuildError debian.*, network.* */
export async function contentsOf(request: ContentsRequest, shop: Workshop): Promise<readonly ContentsIndex[]> {
  const known = remembered(request, shop)
  if (known !== undefined) {
    try {
      return await fetched(known, request, shop)
    } catch (thrown) {
      // The mirrors have newer ones by now.
      if (!(thrown instanceof BuildError) || thrown.code !== 'debian.index-gone') throw thrown
    }
  }
  const found = await asked(request, shop)
  shop.store.memory.rememberFact(fact, keyOf(request), JSON.stringify(found.map(asJson)))
  return fetched(found, request, shop)
}

const fact = 'contents-indexes-1'

function keyOf({ index, architecture }: ContentsRequest): string {
  return `${hexOf(index.release)} ${index.suite} ${architecture}`
}

function asJson({ file, size, sha256 }: LockedIndex): object {
  return { file, size, sha256: hexOf(sha256) }
}

function remembered(request: ContentsRequest, shop: Workshop): readonly LockedIndex[] | undefined {
  const value = jsonIn(shop.store.memory.fact(fact, keyOf(request)) ?? '')
  if (!Array.isArray(value)) return undefined
  const known = value.flatMap((each): readonly LockedIndex[] => {
    const { file, size, sha256: hex } = isPlainObject(each) ? each : {}
    const sha256 = typeof hex === 'string' ? digestFromHex(hex) : undefined
    if (typeof file !== 'string' || typeof size !== 'number' || sha256 === undefined) return []
    return [{ ...request.index, file, size, sha256 }]
  })
  return known.length === value.length ? known : undefined
}

async function fetched(
  indexes: readonly LockedIndex[],
  { set }: ContentsRequest,
  shop: Workshop,
): Promise<readonly ContentsIndex[]> {
  const found: ContentsIndex[] = []
  for (const index of indexes) {
    const path = indexPath(index)
    const isThere = shop.store.info(path) !== undefined
    found.push({
      index,
      path: isThere ? path : await fetchIndex(index, { set, mirrors: await mirrorsOf(set, shop) }, shop),
    })
  }
  return found
}

async function asked({ set, architecture, index }: ContentsRequest, shop: Workshop): Promise<readonly LockedIndex[]> {
  const { suite, base, release } = index
  const mirrors = await mirrorsOf(set, shop)
  const snapshot = snapshotOf(set, index)
  const bases = [...mirrors[base], ...(snapshot === undefined ? [] : [snapshot])]
  const urls = bases.map((mirror) => below(mirror, `dists/${suite}/InRelease`))
  const entry = await fromFirst(urls, async (url) => {
    const bytes = await shop.get(url, releaseLimit)
    if (digestOf(bytes) === release) return entriesOf(bytes, suite)
    return (await checkRelease(bytes, { suite, set, earlier: index }, shop)).entry
  })
  return [architecture, 'all'].flatMap((each) => {
    for (const { suffix } of packings) {
      const file = `main/Contents-${each}${suffix}`
      const listed = entry(file)
      if (listed !== undefined) return [{ ...index, file, ...listed }]
    }
    return []
  })
}
