/** Builds the image that a package describes, or the images of an index, ready to be written to any place. */
import { type GivenImage, givenImage } from '../docker-tools/given-image.ts'
import { describedIndex } from '../docker-tools/image-index.ts'
import { inputOf } from '../docker-tools/image-input.ts'
import { checkPlatforms, plansOf } from '../docker-tools/image-outputs.ts'
import type { ImagePlan } from '../image/image.ts'
import { instantiate } from '../source/instantiate.ts'
import type { Package, Recipe, Workshop } from '../source/package.ts'
import { type BuiltNames, namesOf } from './built-names.ts'
import { realiseNoted } from './noted.ts'
import type { ActionOptions } from './workshop.ts'

/** Images to be written. */
export interface DescribedImages {
  /** Description of each image. */
  readonly recipe: Recipe
  readonly plans: readonly ImagePlan[]
  readonly names: BuiltNames
  /** Limitations found in packages, one line each. */
  readonly notes: readonly string[]
  /** Present when the images belong to an index. */
  readonly index?: {
    /** Name and tag of the index. */
    readonly reference: string
    readonly annotations: Readonly<Record<string, string>>
  }
}

/** Builds what a package describes. @throws BuildError index.platform, and every code of a build */
export async function describedImages(
  target: Package,
  shop: Workshop,
  options: Pick<ActionOptions, 'beside' | 'strict' | 'noted'>,
): Promise<DescribedImages> {
  const instantiated = await instantiate([target], shop, options.beside)
  const index = describedIndex(target)
  const inputs = index?.images ?? [inputOf(target)]
  const images: readonly GivenImage[] = inputs.map((input) => givenImage(input, instantiated, shop))
  const notes = await realiseNoted(
    images.map(({ recipe }) => recipe),
    options,
    shop,
  )
  const plans = await plansOf(images, shop)
  const names = namesOf(target, instantiated)
  const recipe = instantiated.of(target)
  if (index === undefined) return { recipe, plans, names, notes }
  checkPlatforms(plans, target.name)
  const { annotations = {}, reference } = index
  const replaced = { reference: instantiated.replace(reference), annotations: instantiated.replace(annotations) }
  return { recipe, plans, names, notes, index: replaced }
}
