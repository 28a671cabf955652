/**
 * Paths that two Debian packages of an image have: the one that Replaces or diverts the other's wins, and the loser's layer drops its own.
 *
 * Without either, two packages with different files at one path cannot be installed together: an error naming both.
 */
import { parseParagraph, parseRelations } from '../format/control.ts'
import { controlText, installScripts } from '../source/debian/root/input.ts'
import { scriptCommands } from '../source/debian/root/script-commands.ts'
import type { Closure, StoreReader } from '../store/store.ts'
import { namePart, type StorePath } from '../store/store-path.ts'
import { decide } from '../tree/merge.ts'
import { show } from '../tree/path.ts'
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

function readClaims(path: StorePath, store: StoreReader): Claims {
  const control = store.control(path)
  const fields = parseParagraph(controlText({ control }, 'control'))
  const replaced = parseRelations(fields.get('replaces') ?? '').flat()
  return {
    name: fields.get('package') ?? namePart(path),
    replaced: new Set(replaced.map((relation) => relation.name)),
    diverted: new Set(installScripts({ control }).flatMap(diversionsIn)),
  }
}

function diversionsIn(script: string): readonly string[] {
  const diverting = scriptCommands(script).filter(({ words }) => words[0]?.endsWith('dpkg-divert') === true)
  return diverting.flatMap(({ words }) =>
    words.filter((word) => word?.startsWith('/') === true).map((word) => merged(word ?? '')),
  )
}

function merged(path: string): string {
  return /^\/(bin|sbin|lib|lib32|lib64|libx32)\//.test(path) ? `/usr${path}` : path
}
