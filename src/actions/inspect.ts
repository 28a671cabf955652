/** `inspect`: explains an image: what each layer holds, what each package costs. */

import { layerFile } from '../image/base.ts'
import { type ImageSummary, summarise } from '../report/summary.ts'
import { instantiate } from '../source/instantiate.ts'
import type { Package } from '../source/package.ts'
import { realise } from '../source/realise.ts'
import { openOrigin } from '../transport/transport.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** What `inspect` takes besides the image. */
export interface InspectOptions extends ActionOptions {
  /** Of several images in one place that one which is meant. */
  readonly select?: { readonly name?: string; readonly tag?: string }
}

/**
 * Explains an image.
 *
 * @param target - `docker-archive:FILE`, `oci:FOLDER`, `oci-archive:FILE`, a bare path, or an image that is built for it.
 * @throws BuildError archive.*, image.*
 */
export async function inspect(target: string | Package, options: InspectOptions = {}): Promise<ImageSummary> {
  return inWorkshop(options, async (shop) => {
    const { store } = shop
    const place = typeof target === 'string' ? target : await archiveOf(target)
    const image = await openOrigin(place, {
      store,
      ...(options.select === undefined ? {} : { select: options.select }),
    }).read(shop)
    return summarise(image, (layer) => store.laidOut(layerFile(layer.diffId), 'layer'))

    async function archiveOf(made: Package): Promise<string> {
      const recipe = (await instantiate([made], shop, options.beside)).of(made)
      await realise([recipe], shop)
      return store.physical(recipe.path)
    }
  })
}
