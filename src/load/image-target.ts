/** Resolves the arguments of commands: packages that a file exports, and places that hold images. */

import type { Package } from '../source/package.ts'
import { exportsOf, isScript, loadTarget, parseTarget } from './load.ts'

/** A resolved argument. */
export interface ImageTarget {
  /** The package that FILE#NAME exports, or the place as given. */
  readonly target: string | Package
  /** All packages that the file exports, by FILE#NAME; empty for a place. */
  readonly beside: ReadonlyMap<string, Package>
}

/** A resolved argument that is not a place. */
export interface ExportTarget extends ImageTarget {
  readonly target: Package
}

/** Resolved arguments. */
export interface ImageTargets {
  /** One for each argument. */
  readonly targets: readonly (string | Package)[]
  /** All packages that the files export, by FILE#NAME. */
  readonly beside: ReadonlyMap<string, Package>
}

/** Resolves FILE#NAME. @throws BuildError load.* */
export async function exportTarget(word: string): Promise<ExportTarget> {
  const parsed = parseTarget(word)
  const { chosen, loaded } = await loadTarget(parsed)
  return { target: chosen, beside: exportsOf(parsed.file, loaded) }
}

/** Resolves a place or FILE#NAME. @throws BuildError load.* */
export async function imageTarget(word: string): Promise<ImageTarget> {
  return isScript(parseTarget(word).file) ? exportTarget(word) : { target: word, beside: new Map() }
}

/** Resolves places and FILE#NAMEs, in order. @throws BuildError load.* */
export async function imageTargets(words: readonly string[]): Promise<ImageTargets> {
  const resolved: ImageTarget[] = []
  for (const word of words) resolved.push(await imageTarget(word))
  return {
    targets: resolved.map(({ target }) => target),
    beside: new Map(resolved.flatMap(({ beside }) => [...beside])),
  }
}
