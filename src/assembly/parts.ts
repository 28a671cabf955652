/** Parts of an image's own layers, once its packages are known. */
import type { LayerMember } from '../layer/layer.ts'
import { saysNothing } from '../layer/member-options.ts'
import type { Whole } from '../source/ecosystem.ts'
import type { Recipe } from '../source/package.ts'
import type { ClosureNode, PathInfo } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import type { BaseImage } from './base-image.ts'
import type { Used } from './ecosystems.ts'
import type { Assembling } from './image-data.ts'

/** A package as a member of a layer. */
export type Member = Omit<LayerMember, 'narHash'> & { readonly info: PathInfo }

/** Packages of an image as members of layers, in the closure's order. */
export type Members = ReadonlyMap<StorePath, Member>

/** The parts of one image. */
export interface Parts {
  readonly image: Assembling
  readonly base: BaseImage | undefined
  readonly whole: Whole
  readonly recipes: ReadonlyMap<StorePath, Recipe>
  readonly members: Members
}

/** Returns the packages, laid out by their ecosystems. */
export function membersOf(whole: Whole, uses: readonly Used[]): Members {
  const memberOf = (path: StorePath, { as, info }: ClosureNode): Member => {
    const options = uses.map(({ use }) => use.member(path, whole)).find((each) => each !== undefined) ?? {}
    return { path, as, info, ...(saysNothing(options) ? {} : { options }) }
  }
  return new Map([...whole.closure.nodes].map(([path, node]) => [path, memberOf(path, node)]))
}
