/**
 * One Debian package of a resolution as a recipe: its `.deb`, verified, as a flat fixed output (product: name and version; path: by hash).
 *
 * Looked for in this order: the store; the locked base with the locked path; every other configured base with that path; `snapshot`.
 */
import { pathToFileURL } from 'node:url'
import { BuildError, fail } from '../../base/error.ts'
import type { PathInfo } from '../../store/store.ts'
import { fixedPath, nameFrom } from '../../store/store-path.ts'
import type { Mirrors, Recipe, Workshop } from '../package.ts'
import { below, isMissing, mirrorsOf } from './mirrors.ts'
import type { DebianExtra, LockedIndex, LockedPackage, Resolution } from './resolution.ts'

/** The recipe of a locked package that requires some others. `requires` is read late, since edges may be cyclic. */
export function debRecipe(locked: LockedPackage, resolution: Resolution, requires: () => readonly Recipe[]): Recipe {
  const name = nameFrom(`${locked.name}-${locked.version}`)
  const path = fixedPath(name, locked.sha256)
  const extra: DebianExtra = { debian: { package: locked, resolution } }
  return {
    path,
    name,
    as: 'deb',
    inputs: [],
    get requires() {
      return requires()
    },
    extra,
    realise: async (shop) => {
      const info = shop.store.info(path) ?? (await fetchDeb(locked, resolution, shop))
      await shop.store.unpack(path)
      return info
    },
  }
}

/** Fetches a `.deb` into the store, packed. @throws BuildError debian.deb-gone, network.* */
export async function fetchDeb(
  locked: LockedPackage,
  resolution: Pick<Resolution, 'options' | 'indexes'>,
  shop: Workshop,
): Promise<PathInfo> {
  const { name, version, sha256, size } = locked
  const called = nameFrom(`${name}-${version}`)
  const present = shop.store.info(fixedPath(called, sha256))
  if (present !== undefined) return present
  const mirrors = await mirrorsOf(resolution.options, shop)
  const urls = addressesOf(locked, mirrors, snapshotsOf(locked, resolution))
  try {
    return await shop.download(urls, { name: called, sha256, size })
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown
    return refuseGone(locked, thrown)
  }
}

function addressesOf(locked: LockedPackage, mirrors: Mirrors, snapshots: readonly URL[]): readonly URL[] {
  const other = locked.base === 'archive' ? 'security' : 'archive'
  return [...[...mirrors[locked.base], ...mirrors[other]].map((base) => below(base, locked.file)), ...snapshots]
}

/** Where a snapshot has a package: a service's layout is `archive/<name>/<date>/<path>`, a vendored folder's is `<path>`. */
function snapshotsOf(
  locked: LockedPackage,
  { options, indexes }: Pick<Resolution, 'options' | 'indexes'>,
): readonly URL[] {
  const { snapshot } = options
  if (snapshot === undefined) return []
  if (!/^https?:/.test(snapshot)) {
    const folder = snapshot.startsWith('file:') ? new URL(snapshot) : pathToFileURL(snapshot)
    return [below(folder, locked.file)]
  }
  const archive = locked.base === 'archive' ? 'debian' : 'debian-security'
  const dates = indexes.filter(({ base }) => base === locked.base).map(stampOf)
  return [...new Set(dates)].map((date) => below(new URL(snapshot), `archive/${archive}/${date}/${locked.file}`))
}

/** 2026-07-11T10:16:00Z as 20260711T101600Z. */
function stampOf({ date }: LockedIndex): string {
  return date.replace(/[-:]/g, '')
}

function refuseGone({ name, version, sha256 }: LockedPackage, cause: unknown): never {
  return fail('debian.deb-gone', `${name} ${version} (${sha256}) is no longer on the mirror.`, {
    remedy:
      'Run `slipway lock --update FILE` to take the current versions, or give `snapshot`: a snapshot service or a vendored folder.',
    cause,
    detail: { package: name, version, ...(cause instanceof BuildError ? { url: String(cause.detail.url) } : {}) },
  })
}
