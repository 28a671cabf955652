/** Names that a folding file system takes for one: they differ by case or by how letters are composed. */
import { type EntryPath, show } from './path.ts'
import type { Tree } from './tree.ts'

/** Every name that collides with an earlier one, with that one. */
export function caseCollisions(tree: Tree): readonly (readonly [EntryPath, EntryPath])[] {
  const known = new Map<string, EntryPath>()
  const found: (readonly [EntryPath, EntryPath])[] = []
  for (const { path, kind } of tree.entries()) {
    if (kind === 'opaque') continue
    const folded = fold(path)
    const first = known.get(folded)
    if (first === undefined) known.set(folded, path)
    else found.push([first, path])
  }
  return found
}

function fold(path: EntryPath): string {
  return show(path).toUpperCase().toLowerCase().normalize('NFC')
}
