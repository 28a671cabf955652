/** Sets as one image uses them: which of their trees it has. */
import type { StorePath } from '../../store/store-path.ts'
import type { NpmPart, OwnCode, Resolution } from '../resolution.ts'

/** The tree of a set, with the project's own files. */
export type TreePart = Extract<NpmPart, { kind: 'tree' }> & { readonly path: StorePath }

/** A set, with its trees among an image's packages. */
export interface UsedSet {
  readonly resolution: Resolution
  readonly trees: readonly TreePart[]
}

/** The project's own files among a set's trees. */
export function codeOf({ trees }: UsedSet): readonly OwnCode[] {
  return trees.flatMap((tree) => tree.code)
}
