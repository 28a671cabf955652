/** Where the packages of a set are in an image: which of the lock file's places are filled there, and with which links. */

import type { Closure } from '../../store/store.ts'
import type { StorePath } from '../../store/store-path.ts'
import type { Resolution } from '../resolution.ts'
import { type Bin, binsOf } from '../tree/bins.ts'
import { linkTarget } from '../tree/graph.ts'

/** A set in one image. */
export interface Layout {
  readonly resolution: Resolution
  /** Places that are filled, in the lock file's order. */
  readonly places: ReadonlySet<string>
  readonly bins: readonly Bin[]
}

/** Lays a set out: all of it where its tree is in the image, else what the image's packages reach. */
export function layoutOf(
  resolution: Resolution,
  isWhole: boolean,
  { nodes, roots }: Pick<Closure, 'nodes' | 'roots'>,
): Layout {
  const { kept } = resolution
  const places = isWhole ? new Set(kept.keys()) : reachedPlaces(resolution, { nodes, roots })
  return { resolution, places, bins: binsOf(new Map([...kept].filter(([place]) => places.has(place)))) }
}

/** Where a tarball is in an image. */
export function placesIn(
  object: StorePath,
  { resolution, places }: Pick<Layout, 'resolution' | 'places'>,
): readonly string[] {
  return resolution.placesOf(object).filter((place) => places.has(place))
}

function reachedPlaces(
  resolution: Resolution,
  { nodes, roots }: Pick<Closure, 'nodes' | 'roots'>,
): ReadonlySet<string> {
  const { kept, needs } = resolution
  const found = new Set<string>()
  const add = (object: StorePath): void => {
    const [first] = resolution.placesOf(object)
    if (first === undefined || placesIn(object, { resolution, places: found }).length > 0) return
    found.add(first)
    for (const place of found) {
      const target = linkTarget(kept.get(place))
      for (const next of [...(needs.get(place) ?? []), ...(target === undefined ? [] : [target])]) found.add(next)
    }
  }
  for (const root of roots) add(root)
  for (const object of nodes.keys()) add(object)
  return new Set([...kept.keys()].filter((place) => found.has(place)))
}
