/** `build`: a package or an image becomes a store object, kept by a `result` link; or an image is written to a place. */
import { instantiate } from '../source/instantiate.ts'
import type { Package } from '../source/package.ts'
import { logical } from '../store/store-path.ts'
import type { BuildToOptions, BuiltTo } from './build-to.ts'
import { type BuiltNames, namesOf } from './built-names.ts'
import { writeLaunchers } from './launcher.ts'
import { realiseNoted } from './noted.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** What `build` takes besides the package. */
export interface BuildOptions extends ActionOptions {
  /** A link to the result, which also keeps the result from `gc`. Default: none. */
  readonly out?: string
}

/** What came out. */
export interface Built extends BuiltNames {
  /** `/nix/store/…`: what other objects and images call it. */
  readonly path: string
  /** Where it is on this machine. */
  readonly physical: string
  /** What could not be worked out about an image's packages, one line each. */
  readonly notes: readonly string[]
}

/**
 * Builds a package, or does nothing when the store has it; with `to`, writes an image to a place instead.
 *
 * @throws BuildError every code; nothing half-made remains.
 */
export async function build(target: Package, options: BuildToOptions): Promise<BuiltTo>
export async function build(target: Package, options?: BuildOptions): Promise<Built>
export async function build(target: Package, options: BuildOptions | BuildToOptions = {}): Promise<Built | BuiltTo> {
  return 'to' in options ? (await import('./build-to.ts')).buildTo(target, options) : buildInStore(target, options)
}

async function buildInStore(target: Package, options: BuildOptions): Promise<Built> {
  return inWorkshop(options, async (shop) => {
    const instantiated = await instantiate([target], shop, options.beside)
    const recipe = instantiated.of(target)
    const notes = await realiseNoted([recipe], options, shop)
    await writeLaunchers(shop.store.root)
    if (options.out !== undefined) await shop.store.keep(options.out, recipe.path)
    return {
      path: logical(recipe.path),
      physical: shop.store.physical(recipe.path),
      notes,
      ...namesOf(target, instantiated),
    }
  })
}
