/** `build`: a package or an image becomes a store object, kept by a `result` link; or an image is written to a place. */
import { checkString } from '../base/check.ts'
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { instantiate } from '../source/instantiate.ts'
import type { Package } from '../source/package.ts'
import { logical } from '../store/store-path.ts'
import { parsePlace } from '../transport/place.ts'
import type { BuildToOptions, BuildToResult } from './build-to.ts'
import { type BuiltNames, namesOf } from './built-names.ts'
import { actionChecks, checkCall, checkPackage, givenOptions, type OptionChecks, optional } from './call.ts'
import { reportBuilt } from './image-changes.ts'
import { writeLaunchers } from './launcher.ts'
import { realiseNoted } from './noted.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** Options of `build`. */
export interface BuildOptions extends ActionOptions {
  /** Path of a symbolic link to the result, which also keeps the result from `gc`. Default: none. */
  readonly out?: string
  /** File that the image's bill of materials is written to, as CycloneDX 1.6 JSON. Default: none. */
  readonly sbom?: string
}

const optionChecks: OptionChecks<BuildOptions> = {
  ...actionChecks,
  out: optional(checkString),
  sbom: optional(checkString),
}

/** Result of `build`. */
export interface BuildResult extends BuiltNames {
  /** Path of the object in images and in other objects: `/nix/store/…`. */
  readonly path: string
  /** Path of the object on this machine. */
  readonly physical: string
  /** Limitations found in the image's packages, one line each. */
  readonly notes: readonly string[]
}

/**
 * Builds a package, or does nothing when the store has it; with `to`, writes an image to a place instead.
 *
 * @example
 * import { build, debian } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * const { physical } = await build(image, { out: 'result' })
 * console.log(physical)
 * await build(image, { to: 'oci:layout:hello:latest' })
 * @param target - package or image to build; with `to`, an image or an index of images.
 * @throws BuildError every code; nothing incomplete remains
 */
export async function build(target: Package, options: BuildToOptions): Promise<BuildToResult>
/**
 * Builds a package into the store, or does nothing when the store has it.
 *
 * @example
 * import { build, debian } from 'slipway'
 *
 * const { physical } = await build(debian({ suite: 'trixie' }).writeText('motd', 'hello'), { out: 'result' })
 * console.log(physical)
 * @param target - package or image to build.
 * @throws BuildError every code; nothing incomplete remains
 */
export async function build(target: Package, options?: BuildOptions): Promise<BuildResult>
export async function build(
  target: Package,
  options: BuildOptions | BuildToOptions = {},
): Promise<BuildResult | BuildToResult> {
  if (hasPlace(options)) return (await import('./build-to.ts')).buildTo(target, options)
  checkCall('build', { target, options }, { target: checkPackage, options: givenOptions(optionChecks) })
  refusePlace(options.out)
  return buildInStore(target, options)
}

/** Refuses a link that reads like a place: other commands write images to what `out` names. */
function refusePlace(out = ''): void {
  if (parsePlace(out).form === undefined) return
  fail(
    'argument.invalid',
    `${JSON.stringify(out)} is a place for an image, but --out (\`out\`) leaves a link into the store.`,
    {
      remedy: 'Give it as --to (`to`); or begin it with "./" for a link of that name.',
      detail: { out },
    },
  )
}

function hasPlace(options: BuildOptions | BuildToOptions): options is BuildToOptions {
  return isPlainObject(options) && 'to' in options
}

async function buildInStore(target: Package, options: BuildOptions): Promise<BuildResult> {
  return inWorkshop(options, async (shop) => {
    const instantiated = await instantiate([target], shop, options.beside)
    const recipe = instantiated.of(target)
    const notes = await realiseNoted([recipe], options, shop)
    await writeLaunchers(shop.store.root)
    const names = namesOf(target, instantiated)
    if (options.sbom !== undefined) await (await import('./sbom.ts')).writeSbom(options.sbom, { recipe, names }, shop)
    if (options.out !== undefined) await shop.store.keep(options.out, recipe.path)
    if (options.changes !== undefined) await reportBuilt(recipe, shop, options.changes)
    return {
      path: logical(recipe.path),
      physical: shop.store.physical(recipe.path),
      notes,
      ...names,
    }
  })
}
