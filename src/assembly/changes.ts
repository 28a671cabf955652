/**
 * Changes to an image's own layer, in order: edits recorded by a function, or shell scripts, which run in a sandbox (run-scripts.ts).
 * Consecutive scripts share one sandbox.
 */
import type { Script } from '../sandbox/sandbox.ts'
import type { Workshop } from '../source/package.ts'
import { pathsNamedIn } from '../source/tree-maker.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { accountFilesIn } from '../tree/accounts.ts'
import { applyEdits } from '../tree/apply-edits.ts'
import type { Edit } from '../tree/edit.ts'
import type { DirectoryEntry } from '../tree/entry.ts'
import { sameMetadata } from '../tree/equal.ts'
import { modeFor } from '../tree/mode.ts'
import { overlay } from '../tree/overlay.ts'
import { type EntryPath, path as pathOf } from '../tree/path.ts'
import { adjusted, under, withParents } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import type { Changed, Changing } from './changing.ts'
import type { Commands } from './image-data.ts'
import type { Parts } from './parts.ts'

/** Version of the results of typed commands, part of the recipe of images that use them. Must change whenever their layers change. */
export const editsVersion = 'edits-3'

/** Returns the layer after all changes. @throws BuildError edit.*, command.*, sandbox.* */
export async function applyChanges(
  changing: Changing,
  shop: Workshop,
): Promise<Changed & { readonly directories: ReadonlySet<EntryPath> }> {
  let tree = changing.layer
  const left = new Set<StorePath>()
  for (const group of groupsOf(changing.parts)) {
    if ('edits' in group) {
      tree = edited(tree, group, changing)
      continue
    }
    const { runScripts } = await import('./run-scripts.ts')
    const changed = await runScripts(group.scripts, { ...changing, layer: tree }, shop)
    tree = changed.tree
    for (const path of changed.left) left.add(path)
  }
  return { tree, left: [...left], directories: changedDirectories(tree, changing) }
}

/** Returns the directories that changes made, or gave another owner or other permissions. */
function changedDirectories(tree: Tree, { parts, layer, below }: Changing): ReadonlySet<EntryPath> {
  if (!hasChanges(parts)) return new Set()
  const before = overlay([below(), layer])
  const isChanged = (entry: DirectoryEntry): boolean => {
    const was = before.get(entry.path)
    return was?.kind !== 'directory' || !sameMetadata(was.metadata, entry.metadata)
  }
  return new Set(
    Iterator.from(tree.entries()).flatMap((entry) =>
      entry.kind === 'directory' && isChanged(entry) ? [entry.path] : [],
    ),
  )
}

/** Returns the layer after the typed commands that precede the first shell command. @throws BuildError edit.*, account.unknown */
export function editedFirst(changing: Changing): Tree {
  let tree = changing.layer
  for (const group of groupsOf(changing.parts)) {
    if (!('edits' in group)) return tree
    tree = edited(tree, group, changing)
  }
  return tree
}

/** Tells whether an image is changed by shell commands. */
export function runsShell(parts: Parts): boolean {
  return groupsOf(parts).some((group) => 'scripts' in group)
}

/** Tells whether commands change an image. */
export function hasChanges(parts: Parts): boolean {
  return groupsOf(parts).length > 0
}

function edited(tree: Tree, { edits, place }: EditGroup, { parts, below }: Changing): Tree {
  const lower = below()
  const objects = objectsFor(edits, overlay([lower, tree]), parts)
  const changed = applyEdits(tree, edits, { lower: objects.length === 0 ? lower : overlay([lower, ...objects]), place })
  return withParentsOf(changed, lower)
}

/** Adds the directories that contain a layer's entries, as they are below: a runtime would create missing ones anew, owned by root. */
function withParentsOf(layer: Tree, lower: Tree): Tree {
  return adjusted(withParents(layer), (entry) => {
    const below = entry.kind === 'directory' && layer.get(entry.path) === undefined ? lower.get(entry.path) : undefined
    return below?.kind === 'directory' ? below.metadata : entry.metadata
  })
}

/** Store objects that edits refer to or that contain an account file, at their store paths; their files become writable when copied. */
function objectsFor(edits: readonly Edit[], root: Tree, { whole, recipes }: Parts): readonly Tree[] {
  const links = [...accountFilesIn(root).entries()].flatMap((entry) => (entry.kind === 'symlink' ? [entry.target] : []))
  const { closure, store } = whole
  const known = [...closure.nodes.keys(), ...recipes.keys()].filter(
    (path) => (closure.nodes.get(path)?.as ?? recipes.get(path)?.as) === 'store' && store.info(path) !== undefined,
  )
  return pathsNamedIn(JSON.stringify([edits, links]), new Set(known)).map((path) =>
    under(writable(store.tree(path)), pathOf(logical(path))),
  )
}

function writable(tree: Tree): Tree {
  return adjusted(tree, ({ kind, metadata }) =>
    kind === 'symlink'
      ? metadata
      : { ...metadata, mode: modeFor('u=rwX,go=rX', { mode: metadata.mode, isDirectory: kind === 'directory' }) },
  )
}

function groupsOf(parts: Parts): readonly Group[] {
  return inGroups([...configuring(parts), ...parts.image.data.commands])
}

/** The packages' own configuration comes first. */
function configuring({ image, whole }: Parts): readonly Commands[] {
  if (image.data.configure !== true) return []
  return image.uses.flatMap(({ use }) => {
    const script = use.configure?.(whole)
    return script === undefined ? [] : [{ place: 'debianConfigure', script, within: 'image' as const }]
  })
}

interface EditGroup {
  readonly place: string
  readonly edits: readonly Edit[]
}

type Group = EditGroup | { readonly scripts: readonly Script[] }

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
