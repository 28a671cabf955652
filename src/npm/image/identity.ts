/** What the tree of a set follows from, whatever the directory is called in which its lock file is. */
import { type Digest, digestOf } from '../../base/digest.ts'
import { canonicalJson } from '../../base/document.ts'
import type { Resolution } from '../resolution.ts'

/** Identifies a set's places, tarballs and links. */
export function treeIdentity({ set, kept, recipe }: Resolution): Digest {
  const entries = [...kept.values()].map(({ place, resolved, link, bin }) => [
    place,
    link ? resolved : (recipe(place)?.path ?? null),
    [...bin],
  ])
  return digestOf(canonicalJson([set.place, entries]))
}
