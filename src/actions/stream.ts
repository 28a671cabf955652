/** `stream`: writes an image directly to a descriptor, hashing it in the same pass; only its own layer is stored. */
import { checkString } from '../base/check.ts'
import { isLayered, isStream, type LayeredImage, type StreamedImage } from '../docker-tools/layered-image.ts'
import { isPulled, type PulledImage, pulledOf } from '../docker-tools/pull/pull-image.ts'
import { formatRegistryName, parseRegistryName } from '../registry/name.ts'
import { instantiate } from '../source/instantiate.ts'
import type { Package } from '../source/package.ts'
import { isPackage } from '../source/placeholder.ts'
import { namesOf } from './built-names.ts'
import {
  actionChecks,
  checkCall,
  checkFunction,
  checkNumber,
  checkPackage,
  givenOptions,
  type OptionChecks,
  optional,
} from './call.ts'
import { reportBuilt } from './image-changes.ts'
import { realiseNoted } from './noted.ts'
import { notAnImage, type StreamOptions, type StreamResult, sendConf } from './stream-conf.ts'
import { inWorkshop } from './workshop.ts'

const optionChecks: OptionChecks<StreamOptions> = {
  ...actionChecks,
  output: optional(checkNumber),
  repoTag: optional(checkString),
  sending: optional(checkFunction),
}

/**
 * Streams an image as a docker-archive.
 *
 * @example
 * import { debian, stream } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * await stream(image, { output: 1 })
 * @param target - result of `buildLayeredImage`, `streamLayeredImage` or `pullImage`.
 * @throws BuildError stream.not-an-image, and every code of a build
 */
export async function stream(
  target: LayeredImage | StreamedImage | PulledImage,
  options: StreamOptions = {},
): Promise<StreamResult> {
  checkCall('stream', { target, options }, { target: checkPackage, options: givenOptions(optionChecks) })
  const image = streamable(target)
  if (isPulled(image)) return streamPulled(image, options)
  const conf = isStream(image) ? image.conf : image.stream.conf
  return inWorkshop(options, async (shop) => {
    const instantiated = await instantiate([target, conf], shop, options.beside)
    const recipe = instantiated.of(conf)
    const notes = await realiseNoted([recipe], options, shop)
    const names = namesOf(target, instantiated)
    options.sending?.()
    const reference = options.repoTag ?? `${names.imageName}:${names.imageTag}`
    const sending = { store: shop.store, watch: shop, output: options.output ?? 1 }
    const sent = await sendConf(recipe.path, reference, sending)
    if (options.changes !== undefined) await reportBuilt(recipe, shop, options.changes)
    return { ...names, ...(notes.length === 0 ? {} : { notes }), ...sent }
  })
}

/** Streams the archive that building a pulled image stores. */
async function streamPulled(target: PulledImage, options: StreamOptions): Promise<StreamResult> {
  const { repoTag, output = 1 } = options
  const final = repoTag === undefined ? undefined : archiveNameIn(repoTag)
  return inWorkshop(options, async (shop) => {
    const pulled = pulledOf(target)
    const recipe = (await instantiate([pulled], shop, options.beside)).of(pulled)
    const notes = await realiseNoted([recipe], options, shop)
    const { sendPulled } = await import('../docker-tools/pull/recipes.ts')
    options.sending?.()
    const own = archiveNameIn(`${target.imageName}:${target.imageTag}`)
    const sent = await sendPulled(recipe.path, { final: final ?? own, output, shop })
    const { imageName, imageTag } = target
    return { imageName, imageTag, ...(notes.length === 0 ? {} : { notes }), ...sent }
  })
}

/** @throws BuildError argument.invalid */
function archiveNameIn(text: string): { readonly name: string; readonly tag: string } {
  const { domain, path, tag = 'latest' } = parseRegistryName(text)
  return { name: formatRegistryName({ domain, path }), tag }
}

/** Returns the package if it is an image that can be streamed. @throws BuildError stream.not-an-image */
export function streamable(target: Package): LayeredImage | StreamedImage | PulledImage {
  return isPackage(target) && (isStream(target) || isLayered(target) || isPulled(target))
    ? target
    : notAnImage(target.name)
}
