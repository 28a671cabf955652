/** An image's own layer before and after it is changed (changes.ts). */
import type { StorePath } from '../store/store-path.ts'
import type { Tree } from '../tree/tree.ts'
import type { CopiedLayer } from './copied-files.ts'
import type { Parts } from './parts.ts'

/** A layer that is to be changed. */
export interface Changing {
  readonly parts: Parts
  readonly layer: Tree
  readonly copied: readonly CopiedLayer[]
  /** What the image has below it, as a container sees it. */
  readonly below: () => Tree
}

/** A layer that was changed. */
export interface Changed {
  readonly tree: Tree
  /** Store objects that what scripts left refers to. */
  readonly left: readonly StorePath[]
}
