/** Finds the current base of an image: the one given, the one that its manifest names, or a pulled image that has its lowest layers. */
import { BuildError, fail } from '../base/error.ts'
import { parseImageConfig } from '../format/oci.ts'
import { baseIn } from '../image/base-annotations.ts'
import type { ImageConfig, ImagePlan } from '../image/image.ts'
import { knownBase } from '../image/known-bases.ts'
import type { Platform } from '../image/platform.ts'
import { formatRegistryName, parseRegistryName } from '../registry/name.ts'
import type { Workshop } from '../source/package.ts'
import { selectionAt } from '../transport/transport.ts'
import { openPlaced, type PlacedOptions, placeOrName } from './placed-image.ts'

/** Finds the config of an image's base. @throws BuildError image.rebase - it is not known; registry.*, archive.* */
export async function recordedBase(
  { place, plan }: { readonly place: string; readonly plan: ImagePlan },
  named: string | undefined,
  shop: Workshop,
): Promise<ImageConfig> {
  const { os, architecture, variant } = plan.config
  const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) }
  if (named !== undefined) return configAt(named, platform, shop)
  const known = knownBase(
    shop.store.memory,
    plan.layers.flatMap(({ remembered }) => remembered ?? []),
  )
  const stated = baseIn(plan.annotations)
  if (known !== undefined && (stated === undefined || stated.digest === known.digest))
    return parseImageConfig(known.config, known.name).value
  if (stated === undefined)
    return fail(
      'image.rebase',
      `${place} does not say which image it is based on, and no pulled image has its layers.`,
      {
        remedy: 'Name its base with --base.',
        detail: { place },
      },
    )
  const { domain, path } = parseRegistryName(stated.name)
  const name = formatRegistryName({ domain, path, digest: stated.digest })
  try {
    return await configAt(`docker://${name}`, platform, shop)
  } catch (cause) {
    if (!(cause instanceof BuildError)) throw cause
    return fail('image.rebase', `${place} is based on ${name}, which cannot be read: ${cause.message}`, {
      remedy: 'Name another place of its base with --base.',
      cause,
      detail: { place, base: name },
    })
  }
}

/** Reads only a config, without fetching a layer. An image outside an index is used whatever its platform. */
async function configAt(text: string, platform: Platform, shop: Workshop): Promise<ImageConfig> {
  const place = placeOrName(text)
  const options: PlacedOptions = { select: { preferred: platform } }
  using opened = await openPlaced(place, options, shop)
  return (await opened.find(selectionAt(place, options.select))).config.value
}
