/** Sets used by one image, with the trees of each that it contains. */
import type { StorePath } from '../../store/store-path.ts'
import type { NpmPart, OwnCode, Resolution } from '../resolution.ts'

/** The tree of a set, with the project's own files. */
export type TreePart = Extract<NpmPart, { kind: 'tree' }> & { readonly path: StorePath }

/** A set, with those of its trees that are packages of an image. */
export interface UsedSet {
  readonly resolution: Resolution
  readonly trees: readonly TreePart[]
  /** Places of packages that the description names. Sorted. */
  readonly named: readonly string[]
}

/** Returns the project's own files in a set's trees. */
export function codeOf({ trees }: UsedSet): readonly OwnCode[] {
  return trees.flatMap((tree) => tree.code)
}
