/** The layer so far, as sandboxes unpack it over the tree below: with all parents as they are there, and without opaque directories. */
import type { Entry } from '../tree/entry.ts'
import { inOrder } from '../tree/order.ts'
import { ancestors, type EntryPath, isWithin, parent, root } from '../tree/path.ts'
import { standIn } from '../tree/transform.ts'
import { type Tree, treeOf } from '../tree/tree.ts'
import type { Below } from './sandbox.ts'

/** Without an explicit parent, unpacking would create one with other permissions than in the tree below. */
export function completeLayer({ below, layer }: { readonly below: Pick<Below, 'tree'>; readonly layer: Tree }): Tree {
  const known = new Map<EntryPath, Entry>()
  for (const entry of below.tree.entries()) known.set(entry.path, entry)
  return treeOf(withoutOpaques([...withParents(layer, known)], known))
}

function* withParents(layer: Tree, known: ReadonlyMap<EntryPath, Entry>): Generator<Entry> {
  const seen = new Set<EntryPath>([root])
  const [first] = layer.entries()
  if (first?.path !== root) yield known.get(root) ?? standIn(root)
  for (const entry of layer.entries()) {
    for (const above of ancestors(entry.path)) {
      if (seen.has(above)) continue
      seen.add(above)
      const there = known.get(above)
      yield there?.kind === 'directory' ? there : standIn(above)
    }
    seen.add(entry.path)
    yield entry
  }
}

/** An opaque directory as whiteouts of what it hides. */
function withoutOpaques(entries: readonly Entry[], known: ReadonlyMap<EntryPath, Entry>): readonly Entry[] {
  const opaques = entries.filter(({ kind }) => kind === 'opaque').map(({ path }) => path)
  if (opaques.length === 0) return entries
  const kept = entries.filter(({ kind }) => kind !== 'opaque')
  const own = new Set(kept.map(({ path }) => path))
  const isHidden = (at: EntryPath): boolean =>
    !own.has(at) && own.has(parent(at)) && opaques.some((directory) => at !== directory && isWithin(at, directory))
  const whiteouts = [...known.keys()].filter(isHidden).map((path): Entry => ({ kind: 'whiteout', path }))
  return inOrder([...kept, ...whiteouts])
}
