/** Resolves the IMAGE arguments of a command: an image that a file exports, or a place that holds images. */

import type { Package } from '../source/package.ts'
import { isScript, loadTarget, parseTarget } from './load.ts'

/** The resolved arguments. */
export interface ImageTargets {
  /** For each argument, the image that FILE#NAME exports, or the place as given. */
  readonly targets: readonly (string | Package)[]
  /** All packages that the files export. */
  readonly beside: readonly Package[]
}

/** @throws BuildError load.* */
export async function imageTargets(words: readonly string[]): Promise<ImageTargets> {
  const targets: (string | Package)[] = []
  const beside: Package[] = []
  for (const word of words) {
    const target = parseTarget(word)
    if (isScript(target.file)) {
      const { chosen, loaded } = await loadTarget(target)
      targets.push(chosen)
      beside.push(...loaded.packages.values())
    } else targets.push(word)
  }
  return { targets, beside }
}
