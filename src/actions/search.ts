/** `search`, `searchFiles` and `packageTypes`: list the packages in the suites of a lock, for people and for editors. */

import { checkString, checkStrings } from '../base/check.ts'
import { absolutePath } from '../base/real-path.ts'
import type { SuiteFiles } from '../debian/lock/find-files.ts'
import type { SuitePackages } from '../debian/lock/find-packages.ts'
import { actionChecks, checkCall, givenOptions, type OptionChecks, optional } from './call.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** Options of `search`, `searchFiles` and `packageTypes`. */
export interface SearchOptions extends Pick<ActionOptions, 'store' | 'signal' | 'report'> {
  /** Directory of the project: its lock is the nearest `slipway.lock` in it or above it. Default: the working directory. */
  readonly directory?: string
}

const optionChecks: OptionChecks<SearchOptions> = {
  ...actionChecks,
  directory: optional(checkString),
}

/** Result of `search`: packages by suite. */
export type SearchResult = readonly SuitePackages[]

/**
 * Searches the names and short descriptions of all packages in the indexes that `slipway.lock` was made from.
 *
 * @example
 * import { search } from 'slipway'
 *
 * for (const { packages } of await search(['http', 'server'])) console.log(packages.map(({ name }) => name))
 * @param words - words that a package's name or description must all have, in any order and case.
 * @throws BuildError argument.invalid, lock.*, debian.index-gone, network.*
 */
export async function search(words: readonly string[], options: SearchOptions = {}): Promise<SearchResult> {
  checkCall('search', { words, options }, { words: checkStrings, options: givenOptions(optionChecks) })
  const { searchLocked } = await import('../debian/lock/find-packages.ts')
  return inWorkshop(options, (shop) => searchLocked(words, absolutePath(options.directory ?? '.'), shop))
}

/** Result of `searchFiles`: files by suite. */
export type SearchFilesResult = readonly SuiteFiles[]

/**
 * Finds the packages that have a file, among all packages in the suites of `slipway.lock`. The first call fetches the contents indexes of the
 * archive (45 MB for bookworm), which stay in the store until `gc`.
 *
 * @example
 * import { searchFiles } from 'slipway'
 *
 * for (const { files } of await searchFiles(['/usr/bin/psql'])) console.log(files.map((file) => file.package))
 * @param patterns - names or paths of files, with "*", "?", brackets, and "**" for any directories; one that starts with "/" is a whole path,
 * any other the end of one.
 * @throws BuildError argument.invalid, lock.*, debian.*, network.*
 */
export async function searchFiles(
  patterns: readonly string[],
  options: SearchOptions = {},
): Promise<SearchFilesResult> {
  checkCall('searchFiles', { patterns, options }, { patterns: checkStrings, options: givenOptions(optionChecks) })
  const { searchLockedFiles } = await import('../debian/lock/find-files.ts')
  return inWorkshop(options, (shop) => searchLockedFiles(patterns, absolutePath(options.directory ?? '.'), shop))
}

/**
 * Returns a declaration of the names of all packages in the locked suites, with which editors complete `pkgs["…"]`.
 *
 * @example
 * import { writeFileSync } from 'node:fs'
 * import { packageTypes } from 'slipway'
 *
 * writeFileSync('slipway-packages.d.ts', await packageTypes())
 * @throws BuildError argument.invalid, lock.*, debian.index-gone, network.*
 */
export async function packageTypes(options: SearchOptions = {}): Promise<string> {
  checkCall('packageTypes', { options }, { options: givenOptions(optionChecks) })
  const { lockedNames } = await import('../debian/lock/find-packages.ts')
  const names = await inWorkshop(options, (shop) => lockedNames(absolutePath(options.directory ?? '.'), shop))
  const members = names.map((name) => `    ${JSON.stringify(name)}: true\n`).join('')
  return `// Written by \`slipway types\` from slipway.lock.\nimport 'slipway'\n\ndeclare module 'slipway' {\n  interface PackageNames {\n${members}  }\n}\n`
}
