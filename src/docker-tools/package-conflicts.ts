import type { LayerRecipe } from '../layer/layer.ts'
import type { Closure, StoreReader } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import { decide } from '../tree/merge.ts'
import { rankedPackages } from './image-root.ts'

/** What each package's layer leaves out. @throws BuildError merge.conflict */
export function droppedPaths(
  closure: Closure,
  store: StoreReader,
  replaces: Replaces,
): ReadonlyMap<StorePath, LayerRecipe['adjustments']> {
  const dropped = new Map<StorePath, Record<string, 'dropped'>>()
  decide(rankedPackages(closure, store), {
    within: () => 'error',
    replaces: (winner, loser) => replaces(winner.path, loser.path),
    report: (path, winner, loser) => {
      if (winner.path === loser.path) return
      const paths = dropped.get(loser.path) ?? {}
      paths[path] = 'dropped'
      dropped.set(loser.path, paths)
    },
  })
  return dropped
}

/** Whether one package's files may take the place of another's. */
export type Replaces = (winner: StorePath, loser: StorePath) => boolean
