/** One package of a lock file as a recipe: its tarball as it came, a flat fixed output over the SHA-512 that the lock file states. */
import type { FileHash } from '../../base/digest.ts'
import type { Recipe, Workshop } from '../../source/package.ts'
import { fixedPath, nameFrom, namePart, type StorePath } from '../../store/store-path.ts'
import type { LockEntry } from '../lock-file/entry.ts'
import { asNpm, npmNormaliser } from './normaliser.ts'

/** A tarball of a known hash. */
export interface Tarball {
  readonly entry: LockEntry
  readonly hash: FileHash
  /** In bytes, where it is known. */
  readonly size: number | undefined
}

/** Where a tarball is in the store. */
export function tarballPath({ entry: { name, version }, hash }: Pick<Tarball, 'entry' | 'hash'>): StorePath {
  return fixedPath(nameFrom(`${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`), hash)
}

/** The recipe of a tarball, but for what it requires. @param addresses - where it is, most wanted first */
export function tarballRecipe(
  tarball: Tarball,
  addresses: (shop: Workshop) => Promise<readonly URL[]>,
): Omit<Recipe, 'requires' | 'origin'> {
  const path = tarballPath(tarball)
  const { hash, size } = tarball
  return {
    path,
    name: namePart(path),
    as: asNpm,
    inputs: [],
    ...(size === undefined ? {} : { weight: size }),
    realise: async (shop) => {
      const wanted = { name: namePart(path), hash, ...(size === undefined ? {} : { size }) }
      const info = shop.store.info(path) ?? (await shop.download(await addresses(shop), wanted))
      await shop.store.unpack(path, npmNormaliser)
      return info
    },
  }
}
