/**
 * Changes to an image's own layer, in order: edits that a function recorded, or shell scripts, which run in a sandbox (run-scripts.ts).
 * Scripts that follow each other run in one.
 */
import type { Script } from '../sandbox/sandbox.ts'
import type { Workshop } from '../source/package.ts'
import type { StorePath } from '../store/store-path.ts'
import { applyEdits } from '../tree/apply-edits.ts'
import type { Edit } from '../tree/edit.ts'
import type { Changed, Changing } from './changing.ts'
import type { Commands } from './image-data.ts'
import type { Parts } from './parts.ts'

/** The layer after all changes. @throws BuildError edit.*, command.*, sandbox.* */
export async function applyChanges(changing: Changing, shop: Workshop): Promise<Changed> {
  let tree = changing.layer
  const left = new Set<StorePath>()
  for (const group of inGroups([...configuring(changing.parts), ...changing.parts.image.data.commands])) {
    if ('edits' in group) {
      tree = applyEdits(tree, group.edits, { lower: changing.below(), place: group.place })
      continue
    }
    const { runScripts } = await import('./run-scripts.ts')
    const changed = await runScripts(group.scripts, { ...changing, layer: tree }, shop)
    tree = changed.tree
    for (const path of changed.left) left.add(path)
  }
  return { tree, left: [...left] }
}

/** The packages' own configuration comes first. */
function configuring({ image, whole }: Parts): readonly Commands[] {
  if (image.data.configure !== true) return []
  return image.uses.flatMap(({ use }) => {
    const script = use.configure?.(whole)
    return script === undefined ? [] : [{ place: 'debianConfigure', script, within: 'image' as const }]
  })
}

type Group = { readonly place: string; readonly edits: readonly Edit[] } | { readonly scripts: readonly Script[] }

function inGroups(commands: readonly Commands[]): readonly Group[] {
  const groups: Group[] = []
  for (const each of commands) {
    const last = groups.at(-1)
    if ('edits' in each) groups.push(each)
    else {
      const script = { place: each.place, text: each.script, within: each.within }
      if (last !== undefined && 'scripts' in last) groups.splice(-1, 1, { scripts: [...last.scripts, script] })
      else groups.push({ scripts: [script] })
    }
  }
  return groups
}
