/** Finds the packages of a lock's suites that have a file, whether or not they are locked. */
import { fail } from '../../base/error.ts'
import { reported } from '../../base/event.ts'
import { limit } from '../../base/limit.ts'
import { decompress } from '../../format/compression.ts'
import type { Workshop } from '../../source/package.ts'
import { flatContent } from '../../store/flat-content.ts'
import { packingOf } from '../archive/archive.ts'
import { type ContentsIndex, contentsOf } from '../archive/contents.ts'
import { type FoundFile, type FoundFiles, inOrderOfPath, searchContents } from '../archive/contents-search.ts'
import { type PathPattern, pathPattern } from '../archive/path-pattern.ts'
import { lockedIndexes, type SuiteIndexes } from './find-packages.ts'

/** Files of one suite that a search found. */
export interface SuiteFiles {
  /** Codename of the suite. */
  readonly suite: string
  /** Architecture, in Debian's spelling. */
  readonly architecture: string
  /** The files, the shortest path first. */
  readonly files: readonly FoundFile[]
}

/** Searches the suites of the lock that a directory's projects use. @throws BuildError argument.invalid, lock.*, debian.*, network.* */
export async function searchLockedFiles(
  given: readonly string[],
  directory: string,
  shop: Workshop,
): Promise<readonly SuiteFiles[]> {
  const patterns = given.map(pathPattern)
  const found: SuiteFiles[] = []
  for (const suite of await lockedIndexes(directory, shop)) {
    const { set, architecture } = suite
    found.push({ suite: set.suite, architecture, files: await filesIn(suite, patterns, shop) })
  }
  return found
}

async function filesIn(
  { set, architecture, indexes }: SuiteIndexes,
  patterns: readonly PathPattern[],
  shop: Workshop,
): Promise<readonly FoundFile[]> {
  const all: ContentsIndex[] = []
  for (const index of indexes) all.push(...(await contentsOf({ set, architecture, index }, shop)))
  if (all.length === 0) refuseSuite(set.suite, architecture)
  const found: FoundFiles = new Map()
  await limit(all, (each) => searched(each, patterns, { found, shop }), { concurrency: 2, signal: shop.signal })
  return inOrderOfPath(found)
}

function searched(
  { index, path }: ContentsIndex,
  patterns: readonly PathPattern[],
  { found, shop }: { readonly found: FoundFiles; readonly shop: Workshop },
): Promise<void> {
  const { file, suite } = index
  const part = { at: 'resolve', subject: `the files of ${suite}` } as const
  const bytes = decompress(packingOf(file), flatContent(path, shop.store).open(), { name: file })
  return reported(part, shop, () => searchContents(bytes, { patterns, index: suite }, found))
}

function refuseSuite(suite: string, architecture: string): never {
  return fail('debian.index-missing', `The archive has no contents index of ${suite} for ${architecture}.`, {
    remedy: 'Use another mirror.',
    detail: { suite, architecture },
  })
}
