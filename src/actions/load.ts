/** `load`: loads images into docker, podman or containerd, sending only the layers that the engine lacks. */

import { randomUUID } from 'node:crypto'
import { checkString, checkStrings, oneOf } from '../base/check.ts'
import { fail } from '../base/error.ts'
import { watchOf } from '../base/event.ts'
import type { Engine, EngineKind, LoadedImage } from '../engine/engine.ts'
import type { EngineChoice } from '../engine/find.ts'
import { checkTag } from '../engine/names.ts'
import type { ImagePlan } from '../image/image.ts'
import { mergePlans } from '../image/merge.ts'
import { fits, type Platform, platformNamed } from '../image/platform.ts'
import type { Package, Workshop } from '../source/package.ts'
import { notThere } from '../transport/found-image.ts'
import { checkCall, checkTargets, givenOptions, type OptionChecks, optional, readingChecks } from './call.ts'
import { bound, placesAmong } from './credentials.ts'
import { describedImages } from './described-images.ts'
import { askAhead, type EngineAhead } from './engine-ahead.ts'
import { plansOfTarget, type ReadingOptions } from './given-images.ts'
import { parsePlatform } from './platform.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** Options of `load`. */
export interface LoadOptions extends ReadingOptions, EngineChoice {
  /**
   * Names of the image in the engine. Default: the image's own name and tag.
   *
   * @example ['redis:7', 'redis:latest']
   */
  readonly names?: readonly string[]
  /** Platform to take from an index, such as "linux/arm64". Default: the engine's. */
  readonly platform?: string
}

/** Checks of the options. */
export const loadChecks: OptionChecks<LoadOptions> = {
  ...readingChecks,
  engine: optional(oneOf(['docker', 'podman', 'containerd'])),
  address: optional(checkString),
  namespace: optional(checkString),
  via: optional(checkStrings),
  names: optional(checkStrings),
  platform: optional(checkString),
}

/** Result of `load`. */
export interface LoadResult {
  /** Images in the order in which they were given, without duplicates. */
  readonly images: readonly LoadedImage[]
  /** Number of bytes sent; 0 if nothing was missing. */
  readonly sent: number
  /** Whether all layers were sent. */
  readonly isComplete: boolean
  /** Kind of engine. */
  readonly engine: EngineKind
  /** Name and version of the engine, such as "docker 28.2.2". */
  readonly title: string
}

/**
 * Loads images into a container engine of this machine, without the layers that it has already.
 *
 * @example
 * import { debian, load } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * const { images } = await load(image, { names: ['hello:latest'] })
 * console.log(images[0]?.names)
 * @param targets - description of an image or of an index, or a place whose images are loaded; or an array of these.
 * @throws BuildError engine.absent, engine.failed, argument.invalid, and every code of a build
 */
export async function load(
  targets: string | Package | readonly (string | Package)[],
  options: LoadOptions = {},
): Promise<LoadResult> {
  checkCall('load', { targets, options }, { targets: checkTargets, options: givenOptions(loadChecks) })
  return (await loadInto(askAhead(options, watchOf(options).signal), targets, options)).result
}

/** Loaded images, with their plans. */
export interface LoadedPlans {
  readonly result: LoadResult
  readonly plans: readonly ImagePlan[]
}

/** Loads images into an engine that is being asked. @throws BuildError as `load` */
export async function loadInto(
  ahead: EngineAhead,
  targets: string | Package | readonly (string | Package)[],
  options: LoadOptions,
): Promise<LoadedPlans> {
  checkNames(options)
  const engine = await ahead.engine
  return inWorkshop(bound(options, placesAmong([targets].flat())), async (shop) => {
    const { store } = shop
    const plans = await mergePlans(await plansToLoad([targets].flat(), { engine, options, shop }), {
      store,
      watch: shop,
    })
    const load = await ahead.load
    const loaded = await load(plans, { store, watch: shop, token: tokenAt(shop.now) })
    return { result: { ...loaded, engine: engine.kind, title: engine.title }, plans }
  })
}

/** Returns a unique name for this load. */
function tokenAt(now: Date): string {
  return `${Math.floor(now.getTime() / 1000)}-${randomUUID().slice(0, 8)}`
}

interface Choosing {
  readonly engine: Pick<Engine, 'platform'>
  readonly options: LoadOptions
  readonly shop: Workshop
}

async function plansToLoad(targets: readonly (string | Package)[], choosing: Choosing): Promise<readonly ImagePlan[]> {
  const found: ImagePlan[] = []
  for (const target of targets) found.push(...(await plansAt(target, choosing)))
  const { names = [] } = choosing.options
  if (names.length === 0) return found.map(checkNamed)
  const [plan, ...others] = found
  if (plan !== undefined && others.length === 0) return [{ ...plan, names: names.map(checkTag) }]
  return fail('argument.invalid', `${names.join(', ')} cannot name ${found.length} images.`, {
    remedy: 'Load them one by one, or by their own names.',
  })
}

async function plansAt(target: string | Package, { engine, options, shop }: Choosing): Promise<readonly ImagePlan[]> {
  const wanted = options.platform === undefined ? undefined : parsePlatform(options.platform)
  const preferred = wanted ?? engine.platform ?? platformNamed(shop.architecture)
  const plans =
    typeof target === 'string'
      ? await plansOfTarget(target, { ...options, select: { preferred } }, shop)
      : await describedFor(target, preferred, { options, shop })
  const title = typeof target === 'string' ? target : target.name
  for (const { config } of plans)
    if (wanted !== undefined && !fits(config, wanted)) notThere(title, { platform: wanted }, plans.map(shownPlan))
  return plans
}

/** Returns the images that a package describes; of an index, the one for the platform. */
async function describedFor(
  target: Package,
  preferred: Platform,
  { options, shop }: { readonly options: ActionOptions; readonly shop: Workshop },
): Promise<readonly ImagePlan[]> {
  const { plans, index } = await describedImages(target, shop, options)
  if (index === undefined) return plans
  const plan = plans.find(({ config }) => fits(config, preferred))
  if (plan === undefined) return notThere(target.name, { platform: preferred }, plans.map(shownPlan))
  return [{ ...plan, names: [index.reference] }]
}

function shownPlan({ names, config }: ImagePlan): string {
  return `${names.join(' ')} (${config.os}/${config.architecture})`
}

function checkNames({ names = [] }: LoadOptions): void {
  for (const name of names) checkTag(name)
}

function checkNamed(plan: ImagePlan): ImagePlan {
  if (plan.names.length > 0) return plan
  return fail('argument.invalid', 'The image has no name to be loaded under.', {
    remedy: 'Give one with --tag (`names`), such as redis:7.',
  })
}
