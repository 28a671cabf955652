/** `stream`: writes an image directly to a descriptor, hashing it in the same pass; only its own layer is stored. */
import { checkString } from '../base/check.ts'
import { isLayered, isStream, type LayeredImage, type StreamedImage } from '../docker-tools/layered-image.ts'
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
  type OptionChecks,
  optional,
  optionsOf,
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
 * const { pkgs, dockerTools } = debian({ suite: 'bookworm' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * await stream(image, { output: 1 })
 * @param target - result of `buildLayeredImage` or `streamLayeredImage`.
 * @throws BuildError stream.not-an-image, and every code of a build
 */
export async function stream(target: LayeredImage | StreamedImage, options: StreamOptions = {}): Promise<StreamResult> {
  checkCall('stream', { target, options }, { target: checkPackage, options: optionsOf(optionChecks) })
  const conf = confOf(target)
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

function confOf(target: Package): Package {
  const image = streamable(target)
  return isStream(image) ? image.conf : image.stream.conf
}

/** Returns the package if it is an image that can be streamed. @throws BuildError stream.not-an-image */
export function streamable(target: Package): LayeredImage | StreamedImage {
  return isPackage(target) && (isStream(target) || isLayered(target)) ? target : notAnImage(target.name)
}
