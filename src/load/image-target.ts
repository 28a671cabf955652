/** Resolves the IMAGE arguments of a command: an image that a file exports, or a place that holds images. */

import type { Package } from '../source/package.ts'
import { exportsOf, isScript, loadTarget, parseTarget } from './load.ts'

/** The resolved arguments. */
export interface ImageTargets {
  /** For each argument, the image that FILE#NAME exports, or the place as given. */
  readonly targets: readonly (string | Package)[]
  /** All packages that the files export, by FILE#NAME. */
  readonly beside: ReadonlyMap<string, Package>
}

/** @throws BuildError load.* */
export async function imageTargets(words: readonly string[]): Promise<ImageTargets> {
  const targets: (string | Package)[] = []
  const beside = new Map<string, Package>()
  for (const word of words) {
    const target = parseTarget(word)
    if (isScript(target.file)) {
      const { chosen, loaded } = await loadTarget(target)
      targets.push(chosen)
      for (const [name, made] of exportsOf(target.file, loaded)) beside.set(name, made)
    } else targets.push(word)
  }
  return { targets, beside }
}
