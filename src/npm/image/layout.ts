/** Layout of a set's packages in an image: which of the lock file's places are filled, and with which links. */

import { posix } from 'node:path'
import type { Closure } from '../../store/store.ts'
import type { StorePath } from '../../store/store-path.ts'
import type { Resolution } from '../resolution.ts'
import { type Bin, binsOf } from '../tree/bins.ts'
import { above, linkTarget } from '../tree/graph.ts'
import type { UsedSet } from './used-set.ts'

/** A set in one image. */
export interface Layout {
  readonly resolution: Resolution
  /** Filled places. */
  readonly places: ReadonlySet<string>
  /** Links to the commands of tarballs, including those of bundled packages, by the place that the tarball fills. */
  readonly bins: ReadonlyMap<string, readonly Bin[]>
  /** Links to the commands of the project's own directories. */
  readonly ownBins: readonly Bin[]
}

/** Lays a set out: completely if its tree is in the image, else the named packages that are in it, with what they need. */
export function layoutOf({ resolution, trees, named }: UsedSet, { nodes }: Pick<Closure, 'nodes'>): Layout {
  const { kept } = resolution
  const isWhole = trees.some(({ path }) => nodes.has(path))
  const isThere = (place: string): boolean => {
    const recipe = resolution.recipe(place)
    return recipe !== undefined && nodes.has(recipe.path)
  }
  const places = isWhole ? new Set(kept.keys()) : reachedPlaces(resolution, named.filter(isThere))
  const bins = binsOf(new Map([...kept].filter(([place]) => places.has(place))))
  const isOwn = ({ place }: Bin): boolean => kept.get(place)?.link === true
  const byTarball = Map.groupBy(
    bins.filter((bin) => !isOwn(bin)),
    ({ place }) => tarballOf(place, resolution),
  )
  return { resolution, places, bins: byTarball, ownBins: bins.filter(isOwn) }
}

/** Returns the place whose tarball has the files of a place: its own, or that of the package in which it is bundled. */
function tarballOf(place: string, { kept }: Resolution): string {
  for (let at: string | undefined = place; at !== undefined; at = above(at, kept))
    if (kept.get(at)?.inBundle !== true) return at
  return place
}

/** Returns the places of a tarball in an image. */
export function placesIn(
  object: StorePath,
  { resolution, places }: Pick<Layout, 'resolution' | 'places'>,
): readonly string[] {
  return resolution.placesOf(object).filter((place) => places.has(place))
}

function reachedPlaces({ kept, needs }: Resolution, named: readonly string[]): ReadonlySet<string> {
  const found = new Set(named)
  for (const place of found) {
    const target = linkTarget(kept.get(place))
    for (const next of [...(needs.get(place) ?? []), ...(target === undefined ? [] : [target])]) found.add(next)
  }
  return new Set([...kept.keys()].filter((place) => found.has(place)))
}

/** Returns the path in the image of a place of a layout, in the form used by layers: one character per byte. */
export function inImage({ resolution: { set } }: Pick<Layout, 'resolution'>, place: string): string {
  return latin1(posix.join(set.place, place))
}

/** Converts a string to one character per byte. */
export function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
