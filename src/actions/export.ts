/** `export`: writes an image's root file system as one tar archive, to a file or a descriptor, merging layers on the way. */
import { checkString } from '../base/check.ts'
import { pump } from '../base/pump.ts'
import { flattened, rootArchive } from '../image/flatten.ts'
import type { Package } from '../source/package.ts'
import { writeOutput } from '../transport/output.ts'
import {
  checkCall,
  checkOutput,
  checkTarget,
  givenOptions,
  type OptionChecks,
  optional,
  readingChecks,
} from './call.ts'
import { bound, placesAmong } from './credentials.ts'
import { planOfTarget, type ReadingOptions } from './given-images.ts'
import { inWorkshop } from './workshop.ts'

/** Options of `exportRoot`. */
export interface ExportOptions extends ReadingOptions {
  /** Path of the file to write, or an open file descriptor. */
  readonly out: string | number
  /** Name and tag of the image among several in one place. Default: the first image. */
  readonly select?: { readonly name?: string; readonly tag?: string }
}

const optionChecks: OptionChecks<ExportOptions> = {
  ...readingChecks,
  out: checkOutput,
  select: optional(givenOptions({ name: optional(checkString), tag: optional(checkString) })),
}

/** Result of `exportRoot`. */
export interface ExportResult {
  /** Size of the archive, in bytes. */
  readonly size: number
}

/**
 * Writes an image's root file system as one tar archive, for `docker import`.
 *
 * @example
 * import { debian, exportRoot } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * await exportRoot(image, { out: 'root.tar' })
 * @param target - an image's description, or a place: `docker-archive:FILE`, `oci:DIRECTORY`, `oci-archive:FILE`, `docker://NAME` or a path.
 * @throws BuildError archive.*, image.*, stream.*, and every code of a build
 */
export async function exportRoot(target: string | Package, options: ExportOptions): Promise<ExportResult> {
  checkCall('exportRoot', { target, options }, { target: checkTarget, options: givenOptions(optionChecks) })
  return inWorkshop(bound(options, placesAmong([target])), async (shop) => {
    const plan = await planOfTarget(target, options, shop)
    const archive = rootArchive(flattened(plan, shop.store))
    const write = (output: number): Promise<number> => pump(archive.bytes(shop, 'lent'), output)
    const { out } = options
    return { size: await (typeof out === 'number' ? write(out) : writeOutput(out, write, shop)) }
  })
}

/**
 * Older name of `exportRoot`.
 *
 * @deprecated Use `exportRoot`.
 */
export const exportImage: typeof exportRoot = exportRoot
