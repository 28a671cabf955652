/** The word IMAGE of a command: what a file describes, or a place where images are. */

import type { Package } from '../source/package.ts'
import { isScript, loadTarget, parseTarget } from './load.ts'

/** The image that FILE#NAME exports, or the name of a place as it is. @throws BuildError load.* */
export async function imageTarget(word: string): Promise<string | Package> {
  const target = parseTarget(word)
  return isScript(target.file) ? (await loadTarget(target)).chosen : word
}
