/**
 * Paths that two Debian packages of an image have: the one that Replaces or diverts the other's wins. The loser's layer drops its own, or
 * has it where it was diverted to.
 *
 * Without either, two packages with different files at one path cannot be installed together: an error naming both.
 */
import { parseParagraph, parseRelations } from '../format/control.ts'
import type { LayerMember } from '../layer/layer.ts'
import { diversionsOf } from '../source/debian/root/diversions.ts'
import { controlText } from '../source/debian/root/input.ts'
import { mergedPath } from '../store/merged-usr.ts'
import type { Closure, StoreReader } from '../store/store.ts'
import { namePart, type StorePath } from '../store/store-path.ts'
import { decide } from '../tree/merge.ts'
import { path } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import { rankedPackages } from './image-root.ts'

/** How what a package's layer holds differs from the package. */
export type Displaced = Pick<LayerMember, 'dropped' | 'moved'>

/** For each package that is not whole what is missing in its place. @throws BuildError merge.conflict */
export function displacedPaths(closure: Closure, store: StoreReader): ReadonlyMap<StorePath, Displaced> {
  const dropped = new Map<StorePath, Set<string>>()
  const moved = new Map<StorePath, Map<string, string>>()
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
      if (winner.path === loser.path) return
      const to = claimsOf(winner.path).diverted.get(path)
      if (to === undefined) dropped.set(loser.path, (dropped.get(loser.path) ?? new Set()).add(path))
      else moved.set(loser.path, (moved.get(loser.path) ?? new Map()).set(path, to))
    },
  })
  const losers = new Set([...dropped.keys(), ...moved.keys()])
  return new Map([...losers].map((path) => [path, displaced(dropped.get(path) ?? [], moved.get(path) ?? [])]))
}

function displaced(dropped: Iterable<string>, moved: Iterable<readonly [string, string]>): Displaced {
  const [paths, places] = [[...dropped].sort(), Object.fromEntries(moved)]
  return {
    ...(paths.length === 0 ? {} : { dropped: paths }),
    ...(Object.keys(places).length === 0 ? {} : { moved: places }),
  }
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
  const found = new Map(displacedPaths(closure, store))
  for (const { path, tree } of rankedPackages(closure, store)) {
    const { dropped = [], moved = {} } = found.get(path) ?? {}
    const hidden = Iterator.from(tree.entries()).flatMap(({ path: at }) =>
      others.has(at) && moved[at] === undefined ? [at] : [],
    )
    const all = new Set([...dropped, ...hidden])
    if (all.size > 0) found.set(path, displaced(all, Object.entries(moved)))
  }
  return found
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
