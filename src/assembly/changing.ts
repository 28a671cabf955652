/** An image's own layer before and after its changes (changes.ts). */
import type { StorePath } from '../store/store-path.ts'
import type { Tree } from '../tree/tree.ts'
import type { CopiedLayer } from './copied-files.ts'
import type { Parts } from './parts.ts'

/** A layer before its changes. */
export interface Changing {
  readonly parts: Parts
  readonly layer: Tree
  readonly copied: readonly CopiedLayer[]
  /** Root file system of the layers below it, as a container sees it. */
  readonly below: () => Tree
  /** The same without copied files. */
  readonly stable: () => Tree
}

/** A layer after its changes. */
export interface Changed {
  readonly tree: Tree
  /** Store objects that the scripts' output refers to. */
  readonly left: readonly StorePath[]
}
