/** Recipe of one package of a lock file: its unchanged tarball, a flat fixed output with the SHA-512 from the lock file. */

import type { FileHash } from '../../base/digest.ts'
import { BuildError, fail } from '../../base/error.ts'
import type { Access } from '../../net/network.ts'
import { shownUrl } from '../../net/redact.ts'
import type { Recipe, Workshop } from '../../source/package.ts'
import type { PathInfo } from '../../store/store.ts'
import { fixedPath, nameFrom, namePart, type StorePath } from '../../store/store-path.ts'
import type { LockEntry } from '../lock-file/entry.ts'
import { asNpm, npmNormaliser } from './normaliser.ts'

/** Name and version of a tarball, which its object is named after. */
interface Named {
  readonly name: string
  readonly version: string
  readonly hash: FileHash
}

/** A tarball with a known hash. */
export interface Tarball extends Named {
  readonly entry: LockEntry
  /** In bytes, if known. */
  readonly size: number | undefined
}

/** Where a tarball comes from: its addresses, the access settings, and the lock file that asks for it. */
export interface Source {
  /** Path of the lock file, for messages. */
  readonly lockFile: string
  /** Most preferred first. */
  addresses(): Promise<readonly URL[]>
  readonly access: Access
}

/** Limit on a tarball of unknown size, in bytes: lock files do not state sizes. */
export const largestTarball = 268_435_456

/** Returns the path of a tarball in the store. */
export function tarballPath({ name, version, hash }: Named): StorePath {
  return fixedPath(nameFrom(`${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`), hash)
}

/** Returns the recipe of a tarball, without its requirements and origin. */
export function tarballRecipe(tarball: Tarball, source: Source): Omit<Recipe, 'requires' | 'origin'> {
  const path = tarballPath(tarball)
  return {
    path,
    name: namePart(path),
    as: asNpm,
    inputs: [],
    ...(tarball.size === undefined ? {} : { weight: tarball.size }),
    realise: async (shop) => {
      const info = shop.store.info(path) ?? (await fetched(tarball, source, shop))
      await unpackTarball(tarball, source, shop)
      return info
    },
  }
}

/** Unpacks a tarball that is in the store. @throws BuildError npm.tarball, archive.bomb */
export async function unpackTarball(tarball: Tarball, source: Source, { store }: Workshop): Promise<void> {
  try {
    await store.unpack(tarballPath(tarball), npmNormaliser)
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || !faults.has(thrown.code)) throw thrown
    await refuseTarball(tarball, source, thrown)
  }
}

/** What is wrong with a tarball, rather than with this machine. */
const faults: ReadonlySet<string> = new Set([
  'archive.bomb',
  'archive.invalid',
  'compression.corrupt',
  'npm.tarball',
  'tar.unsupported',
])

async function refuseTarball(
  { name, version, entry }: Tarball,
  { lockFile, addresses }: Source,
  fault: BuildError,
): Promise<never> {
  const [url = 'nowhere'] = (await addresses()).map(shownUrl)
  const code = fault.code === 'archive.bomb' ? fault.code : 'npm.tarball'
  return fail(
    code,
    `${name} ${version} (${entry.place} in ${lockFile}, from ${url}) cannot be unpacked: ${fault.message}`,
    {
      // The others have a remedy for packages already.
      remedy:
        fault.code === code
          ? ''
          : 'If it is so at that address, use another version of the package, and report this to its authors.',
      cause: fault,
      detail: { ...fault.detail, package: name, version, url, file: lockFile, place: entry.place },
    },
  )
}

/** Returns a failure; one of the network names the package and its place as well. */
export function unavailable(
  { name, version, place }: LockEntry,
  { lockFile }: Pick<Source, 'lockFile'>,
  failure: BuildError,
): BuildError {
  if (!failure.code.startsWith('network.')) return failure
  const detail = { ...failure.detail, package: name, version, file: lockFile, place }
  return new BuildError(
    failure.code,
    `${name} ${version} (${place} in ${lockFile}): ${failure.message}`,
    detail,
    failure,
  )
}

/** @throws BuildError npm.integrity, network.* */
async function fetched(tarball: Tarball, source: Source, shop: Workshop): Promise<PathInfo> {
  const { name, version, hash, size } = tarball
  const wanted = {
    name: namePart(tarballPath(tarball)),
    hash,
    access: source.access,
    ...(size === undefined ? { most: largestTarball } : { size }),
  }
  try {
    return await shop.download(await source.addresses(), wanted)
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown
    if (thrown.code !== 'network.digest-mismatch') throw unavailable(tarball.entry, source, thrown)
    const { url = '' } = thrown.detail
    return fail(
      'npm.integrity',
      `The tarball of ${name} ${version} from ${url} does not have the hash that the lock file has.`,
      {
        remedy: 'See who changed the lock file or the registry; nothing was kept.',
        cause: thrown,
        detail: { package: name, version, url, expected: hash },
      },
    )
  }
}
