/** The words IMAGE of a command: what a file describes, or a place where images are. */

import type { Package } from '../source/package.ts'
import { isScript, loadTarget, parseTarget } from './load.ts'

/** What some words mean. */
export interface ImageTargets {
  /** For each word the image that FILE#NAME exports, or the name of a place as it is. */
  readonly targets: readonly (string | Package)[]
  /** All that the files export. */
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
