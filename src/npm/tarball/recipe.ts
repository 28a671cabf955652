/** One package of a lock file as a recipe: its tarball as it came, a flat fixed output over the SHA-512 that the lock file states. */

import type { FileHash } from '../../base/digest.ts'
import { BuildError, fail } from '../../base/error.ts'
import type { Access } from '../../net/network.ts'
import type { Recipe, Workshop } from '../../source/package.ts'
import type { PathInfo } from '../../store/store.ts'
import { fixedPath, nameFrom, namePart, type StorePath } from '../../store/store-path.ts'
import type { LockEntry } from '../lock-file/entry.ts'
import { asNpm, npmNormaliser } from './normaliser.ts'

/** A tarball by what its object is called. */
interface Named {
  readonly name: string
  readonly version: string
  readonly hash: FileHash
}

/** A tarball of a known hash. */
export interface Tarball extends Named {
  readonly entry: LockEntry
  /** In bytes, where it is known. */
  readonly size: number | undefined
}

/** Where a tarball is, and who asks for it. */
export interface Source {
  /** Most wanted first. */
  addresses(): Promise<readonly URL[]>
  readonly access: Access
}

/** Where a tarball is in the store. */
export function tarballPath({ name, version, hash }: Named): StorePath {
  return fixedPath(nameFrom(`${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`), hash)
}

/** The recipe of a tarball, but for what it requires and where it comes from. */
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
      await shop.store.unpack(path, npmNormaliser)
      return info
    },
  }
}

/** @throws BuildError npm.integrity, network.* */
async function fetched(tarball: Tarball, { addresses, access }: Source, shop: Workshop): Promise<PathInfo> {
  const { name, version, hash, size } = tarball
  const wanted = { name: namePart(tarballPath(tarball)), hash, access, ...(size === undefined ? {} : { size }) }
  try {
    return await shop.download(await addresses(), wanted)
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || thrown.code !== 'network.digest-mismatch') throw thrown
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
