/**
 * A Debian package of a resolution as a recipe: its verified `.deb` as a flat fixed output (named by package and version).
 *
 * Sources in order: the store; a vendored directory (`snapshot`); the locked base with the locked path; every other configured base with
 * that path; a snapshot service.
 */
import { BuildError, fail } from '../base/error.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import type { PathInfo } from '../store/store.ts'
import { namePart } from '../store/store-path.ts'
import type { Mirrors } from './archive/apt.ts'
import { below, isMissing, mirrorsOf, snapshotOf } from './archive/mirrors.ts'
import { debPath } from './deb-path.ts'
import { debianEcosystem } from './image/ecosystem.ts'
import type { DebianRecipe, LockedPackage, Resolution } from './lock/resolution.ts'
import { asDeb, debNormaliser } from './normaliser.ts'

/** Recipe of a locked package that requires others. `requires` is evaluated lazily, since edges may be cyclic. */
export function debRecipe(
  locked: LockedPackage,
  resolution: Resolution,
  requires: () => readonly Recipe[],
): DebianRecipe {
  const path = debPath(locked)
  return {
    path,
    name: namePart(path),
    as: asDeb,
    inputs: [],
    get requires() {
      return requires()
    },
    origin: debianEcosystem,
    debian: { package: locked, resolution },
    weight: locked.size,
    realise: async (shop) => {
      const info = shop.store.info(path) ?? (await fetchDeb(locked, resolution, shop))
      await shop.store.unpack(path, debNormaliser)
      return info
    },
  }
}

/** Downloads a `.deb` into the store, still packed. @throws BuildError debian.deb-gone, network.* */
export async function fetchDeb(
  locked: LockedPackage,
  resolution: Pick<Resolution, 'options' | 'indexes'>,
  shop: Workshop,
): Promise<PathInfo> {
  const path = debPath(locked)
  const present = shop.store.info(path)
  if (present !== undefined) return present
  const mirrors = await mirrorsOf(resolution.options, shop)
  const urls = addressesOf(locked, mirrors, snapshotsOf(resolution, locked))
  try {
    return await shop.download(urls, { name: namePart(path), hash: locked.sha256, size: locked.size })
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown
    return refuseGone(locked, thrown)
  }
}

function addressesOf(locked: LockedPackage, mirrors: Mirrors, snapshots: readonly URL[]): readonly URL[] {
  const other = locked.base === 'archive' ? 'security' : 'archive'
  const isNear = ({ protocol }: URL): boolean => protocol === 'file:'
  const [near, far] = [snapshots.filter(isNear), snapshots.filter((each) => !isNear(each))]
  return [...near, ...mirrors[locked.base], ...mirrors[other], ...far].map((base) => below(base, locked.file))
}

/** Address of a package in a snapshot: in a service by the dates of its base's indexes, in a vendored directory whatever the base. */
function snapshotsOf(
  { options, indexes }: Pick<Resolution, 'options' | 'indexes'>,
  { base }: LockedPackage,
): readonly URL[] {
  const dated = indexes.filter((index) => index.base === base)
  return [...new Set(dated.flatMap((index) => snapshotOf(options, index)?.href ?? []))].map((href) => new URL(href))
}

function refuseGone({ name, version, sha256 }: LockedPackage, cause: unknown): never {
  return fail('debian.deb-gone', `${name} ${version} (${sha256}) is no longer on the mirror.`, {
    remedy:
      'Run `slipway lock --update FILE` to use the current versions, or pass `snapshot`: a snapshot service or a vendored directory.',
    cause,
    detail: { package: name, version, ...(cause instanceof BuildError ? { url: String(cause.detail.url) } : {}) },
  })
}
