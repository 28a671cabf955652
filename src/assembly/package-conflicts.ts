/**
 * Paths that two Debian packages of an image have: the one that Replaces or diverts the other's wins. The loser's layer drops its own, or
 * has it where it was diverted to.
 *
 * Without either, two packages with different files at one path cannot be installed together: an error naming both.
 */

import { diversionsOf } from '../debian/root/diversions.ts'
import { controlText } from '../debian/root/input.ts'
import { parseParagraph, parseRelations } from '../format/control.ts'
import type { LayerMember } from '../layer/layer.ts'
import { mergedPath } from '../store/merged-usr.ts'
import type { Closure, StoreReader } from '../store/store.ts'
import { namePart, type StorePath } from '../store/store-path.ts'
import { decide } from '../tree/merge.ts'
import { path } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import { rankedPackages } from './image-root.ts'

/** How what a package's layer holds differs from the package. */
export type Displaced = Pick<LayerMember, 'dropped' | 'moved'>

/** The packages of which something is not in its place. @throws BuildError merge.conflict */
export function displacedPaths(closure: Closure, store: StoreReader): ReadonlyMap<StorePath, Displaced> {
  return asDisplaced(lostPaths(closure, store))
}

/** The same in one layer with the image's own files: what a package has where the image has something else is dropped too. */
export function displacedInOneLayer(
  closure: Closure,
  own: Tree,
  store: StoreReader,
): ReadonlyMap<StorePath, Displaced> {
  const others = new Set(
    Iterator.from(own.entries()).flatMap((entry) => (entry.kind === 'directory' ? [] : [entry.path])),
  )
  const lost = lostPaths(closure, store)
  for (const { path: loser, tree } of rankedPackages(closure, store)) {
    for (const { path } of tree.entries())
      if (others.has(path) && lost.get(loser)?.has(path) !== true) add(lost, loser, [path, undefined])
  }
  return asDisplaced(lost)
}

/** For each package the paths that are not its own, and where it has them instead. */
type Lost = Map<StorePath, Map<string, string | undefined>>

function lostPaths(closure: Closure, store: StoreReader): Lost {
  const lost: Lost = new Map()
  const claims = new Map<StorePath, Claims>()
  const claimsOf = (path: StorePath): Claims => {
    const known = claims.get(path) ?? readClaims(path, store)
    claims.set(path, known)
    return known
  }
  decide(rankedPackages(closure, store), {
    within: () => 'error',
    replaces: (winner, loser, path) =>
      claimsOf(winner.path).replaced.has(claimsOf(loser.path).name) || claimsOf(winner.path).diverted.has(path),
    report: (path, winner, loser) => {
      if (winner.path !== loser.path) add(lost, loser.path, [path, claimsOf(winner.path).diverted.get(path)])
    },
  })
  return lost
}

function add(lost: Lost, loser: StorePath, [path, to]: readonly [string, string | undefined]): void {
  lost.set(loser, (lost.get(loser) ?? new Map()).set(path, to))
}

function asDisplaced(lost: Lost): ReadonlyMap<StorePath, Displaced> {
  return new Map([...lost].map(([loser, places]) => [loser, displaced(places)]))
}

function displaced(places: ReadonlyMap<string, string | undefined>): Displaced {
  const dropped = [...places].flatMap(([path, to]) => (to === undefined ? [path] : [])).sort()
  const moved = Object.fromEntries([...places].flatMap(([path, to]) => (to === undefined ? [] : [[path, to]])))
  return {
    ...(dropped.length === 0 ? {} : { dropped }),
    ...(dropped.length === places.size ? {} : { moved }),
  }
}

/** What a package says of other packages' files. */
interface Claims {
  readonly name: string
  /** Names of packages whose files it may replace (Debian policy, 7.6.1). */
  readonly replaced: ReadonlySet<string>
  /** What it diverts (dpkg-divert(1)) and to where, as merged /usr has them; undefined where only running its scripts could tell. */
  readonly diverted: ReadonlyMap<string, string | undefined>
}

function readClaims(object: StorePath, store: StoreReader): Claims {
  const control = store.control(object)
  const fields = parseParagraph(controlText({ control }, 'control'))
  const replaced = parseRelations(fields.get('replaces') ?? '').flat()
  const name = fields.get('package') ?? namePart(object)
  return {
    name,
    replaced: new Set(replaced.map((relation) => relation.name)),
    diverted: new Map(
      diversionsOf({ name, control }).map(({ file, to }) => [merged(file), to === undefined ? undefined : merged(to)]),
    ),
  }
}

function merged(file: string): string {
  return mergedPath(path(file))
}
