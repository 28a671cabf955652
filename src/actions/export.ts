/** `export`: an image's root file system as one tar archive, written to a file or a descriptor while it is merged. */
import { pump } from '../base/pump.ts'
import { flattened, rootArchive } from '../image/flatten.ts'
import type { Package } from '../source/package.ts'
import { writeOutput } from '../transport/output.ts'
import { planOfTarget, type ReadingOptions } from './given-images.ts'
import { inWorkshop } from './workshop.ts'

/** What `exportImage` takes besides the image. */
export interface ExportOptions extends ReadingOptions {
  /** A file, or an open descriptor. */
  readonly out: string | number
  /** Of several images in one place that one which is meant. */
  readonly select?: { readonly name?: string; readonly tag?: string }
}

/** What was written. `size` is in bytes. */
export interface Exported {
  readonly size: number
}

/**
 * Writes an image's root file system as `docker import` takes it.
 *
 * @param target - `docker-archive:FILE`, `oci:FOLDER`, `oci-archive:FILE`, a bare path, or an image that is described.
 * @throws BuildError archive.*, image.*, stream.*, and every code of a build
 */
export async function exportImage(target: string | Package, options: ExportOptions): Promise<Exported> {
  return inWorkshop(options, async (shop) => {
    const plan = await planOfTarget(target, options, shop)
    const archive = rootArchive(flattened(plan, shop.store))
    const write = (output: number): Promise<number> => pump(archive.bytes(shop, 'lent'), output)
    const { out } = options
    return { size: await (typeof out === 'number' ? write(out) : writeOutput(out, write, shop)) }
  })
}
