/** `debian({ … })`'s packages as definitions: lazy names of one set, looked up together in the lock when an image is built. */
import { canonicalJson } from '../base/document.ts'
import type { Definition, Resolver, Workshop } from '../source/package.ts'
import { nameFrom } from '../store/store-path.ts'
import type { Resolution } from './lock/resolution.ts'
import type { DebianSet } from './options.ts'

/** The definition of one package of a set. */
export function debianDefinition(set: DebianSet, name: string): Definition {
  return {
    maker: 'debian-package-1',
    name: nameFrom(name),
    arguments: { package: name, set },
    resolver: resolverOf(set),
    instantiate: async (_given, shop) => {
      const { resolutionFor } = await import('./lock/resolutions.ts')
      return resolutionFor(set, resolverKey(set), shop).recipe(name)
    },
  }
}

/** The resolution of a set in a build, once its packages are resolved. */
export async function resolutionOf(set: DebianSet, shop: Workshop): Promise<Resolution> {
  const { resolutionFor } = await import('./lock/resolutions.ts')
  return resolutionFor(set, resolverKey(set), shop)
}

function resolverOf(set: DebianSet): Resolver {
  const key = resolverKey(set)
  return {
    key,
    resolve: async (requests, shop) => {
      const { resolveSet } = await import('./lock/resolutions.ts')
      const names = new Set(requests.map(({ arguments: given }) => String(given.package)))
      await resolveSet({ set, key, names: [...names].sort() }, shop)
    },
  }
}

/** Sets that differ only in how packages are laid out are resolved together. */
function resolverKey(set: DebianSet): string {
  const { exclude: _exclude, packageRecords: _records, sandbox: _sandbox, ...resolving } = set
  return `debian ${canonicalJson(resolving)}`
}
