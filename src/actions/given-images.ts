/** Images that an action is given: described by a file, or the names of places where images are. */

import { type GivenImage, givenImage } from '../docker-tools/given-image.ts'
import { inputOf } from '../docker-tools/image-input.ts'
import { planImage } from '../image/base.ts'
import type { ImagePlan } from '../image/image.ts'
import { instantiate } from '../source/instantiate.ts'
import type { Package, Workshop } from '../source/package.ts'
import { realise } from '../source/realise.ts'
import type { Selection } from '../transport/found-image.ts'
import { openOrigin } from '../transport/transport.ts'

/** The one image that is meant. @throws BuildError archive.*, image.*, and every code of a build */
export async function planOfTarget(
  target: string | Package,
  { select = {}, beside = [] }: { readonly select?: Selection; readonly beside?: readonly Package[] | undefined },
  shop: Workshop,
): Promise<ImagePlan> {
  const { store } = shop
  if (typeof target === 'string')
    return planImage(await openOrigin(target, { store, select: { ...preferred(shop), ...select } }).read(shop), store)
  return (await made(target, shop, beside)).plan(shop, select)
}

/** All images there. @throws BuildError archive.*, image.*, and every code of a build */
export async function plansOfTarget(
  target: string | Package,
  shop: Workshop,
  beside: readonly Package[] = [],
): Promise<readonly ImagePlan[]> {
  const { store } = shop
  if (typeof target !== 'string') return (await made(target, shop, beside)).plans(shop)
  const images = await openOrigin(target, { store, select: preferred(shop) }).readAll(shop)
  return images.map((image) => planImage(image, store))
}

function preferred({ architecture }: Workshop): Selection {
  return { preferred: { os: 'linux', architecture } }
}

async function made(target: Package, shop: Workshop, beside: readonly Package[]): Promise<GivenImage> {
  const input = inputOf(target)
  const instantiated = await instantiate([target, input.source], shop, beside)
  const image = givenImage(input, instantiated, shop)
  await realise([image.recipe], shop)
  return image
}
