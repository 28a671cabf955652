/** Makes the packages of Debian sets: those of one set are looked up in the lock together. */
import type { Maker, Workshop } from '../source/package.ts'
import type { Resolution } from './lock/resolution.ts'
import { resolutionFor, resolveSet } from './lock/resolutions.ts'
import type { DebianSet } from './options.ts'
import { type DebianPackageArguments, resolverKey } from './set.ts'

/** Makes the packages. */
export const debianPackageMaker: Maker<DebianPackageArguments> = {
  resolve: async (definitions, shop) => {
    const byKey = Map.groupBy(
      definitions.map((definition) => definition.arguments),
      ({ set }) => resolverKey(set),
    )
    for (const [key, [first, ...others]] of byKey) {
      if (first === undefined) continue
      const names = new Set([first, ...others].map((each) => each.package))
      await resolveSet({ set: first.set, key, names: [...names].sort() }, shop)
    }
  },
  instantiate: ({ arguments: { set, package: name } }, _given, shop) => resolutionOf(set, shop).recipe(name),
}

/** Resolution of a set in a build, once its packages are resolved. */
export function resolutionOf(set: DebianSet, shop: Workshop): Resolution {
  return resolutionFor(set, resolverKey(set), shop)
}
