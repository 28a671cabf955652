/**
 * Paths that two Debian packages of an image have: the one that Replaces or diverts the other's wins, and the loser's layer drops its own.
 *
 * Without either, two packages with different files at one path cannot be installed together: an error naming both.
 */
import { parseParagraph, parseRelations } from '../format/control.ts'
import { diversionsOf } from '../source/debian/root/diversions.ts'
import { controlText } from '../source/debian/root/input.ts'
import { mergedPath } from '../store/merged-usr.ts'
import type { Closure, StoreReader } from '../store/store.ts'
import { namePart, type StorePath } from '../store/store-path.ts'
import { decide } from '../tree/merge.ts'
import { path, show } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import { rankedPackages } from './image-root.ts'

/** What each package leaves out, sorted (latin1). @throws BuildError merge.conflict */
export function droppedPaths(closure: Closure, store: StoreReader): ReadonlyMap<StorePath, readonly string[]> {
  const dropped = new Map<StorePath, Set<string>>()
  const claims = new Map<StorePath, Claims>()
  const claimsOf = (path: StorePath): Claims => {
    const known = claims.get(path) ?? readClaims(path, store)
    claims.set(path, known)
    return known
  }
  decide(rankedPackages(closure, store), {
    within: () => 'error',
    replaces: (winner, loser, path) =>
      claimsOf(winner.path).replaced.has(claimsOf(loser.path).name) ||
      claimsOf(winner.path).diverted.has(`/${show(path)}`),
    report: (path, winner, loser) => {
      if (winner.path === loser.path) return
      dropped.set(loser.path, (dropped.get(loser.path) ?? new Set()).add(path))
    },
  })
  return new Map([...dropped].map(([path, paths]) => [path, [...paths].sort()]))
}

/** The same in one layer with the image's own files: what a package has where the image has something else is dropped too. */
export function droppedInOneLayer(
  closure: Closure,
  own: Tree,
  store: StoreReader,
): ReadonlyMap<StorePath, readonly string[]> {
  const others = new Set(
    Iterator.from(own.entries()).flatMap((entry) => (entry.kind === 'directory' ? [] : [entry.path])),
  )
  const dropped = new Map(droppedPaths(closure, store))
  for (const { path, tree } of rankedPackages(closure, store)) {
    const hidden = Iterator.from(tree.entries()).flatMap((entry) => (others.has(entry.path) ? [entry.path] : []))
    const all = new Set([...(dropped.get(path) ?? []), ...hidden])
    if (all.size > 0) dropped.set(path, [...all].sort())
  }
  return dropped
}

/** What a package says of other packages' files. */
interface Claims {
  readonly name: string
  /** Names of packages whose files it may replace (Debian policy, 7.6.1). */
  readonly replaced: ReadonlySet<string>
  /** Absolute paths that it diverts (dpkg-divert(1)), as merged /usr has them. */
  readonly diverted: ReadonlySet<string>
}

function readClaims(object: StorePath, store: StoreReader): Claims {
  const control = store.control(object)
  const fields = parseParagraph(controlText({ control }, 'control'))
  const replaced = parseRelations(fields.get('replaces') ?? '').flat()
  const name = fields.get('package') ?? namePart(object)
  return {
    name,
    replaced: new Set(replaced.map((relation) => relation.name)),
    diverted: new Set(diversionsOf({ name, control }).map(({ file }) => merged(file))),
  }
}

function merged(file: string): string {
  return `/${mergedPath(path(file))}`
}
