/** Identity of a set's tree, independent of the name of the lock file's directory. */
import { type Digest, digestOf } from '../../base/digest.ts'
import { canonicalJson } from '../../base/document.ts'
import type { Resolution } from '../resolution.ts'
import { makesAllExecutable } from '../tree/bins.ts'

/** Identifies a set's places, tarballs and links. */
export function treeIdentity({ set, kept, recipe }: Resolution): Digest {
  const entries = [...kept.values()].map((entry) => [
    entry.place,
    entry.link ? entry.resolved : (recipe(entry.place)?.path ?? null),
    [...entry.bin],
    ...(makesAllExecutable(entry) ? ['executable'] : []),
  ])
  return digestOf(canonicalJson([set.place, entries]))
}
