/**
 * Layers of the files that `copy()` describes: regular files at a path of the user's choice, above all packages and below the image's own files,
 * so that commands can change them. Paths are resolved through the image's links to directories, and existing directories keep
 * their permissions and owner, as with a Dockerfile's COPY.
 */
import { fail } from '../base/error.ts'
import type { LayerRecipe } from '../layer/layer.ts'
import type { MemberOptions } from '../layer/member-options.ts'
import { layerRecipe } from '../layer/recipe.ts'
import { asJson, isOrdinary } from '../layer/tree/adjustments.ts'
import { layerTree } from '../layer/tree/layer-tree.ts'
import { memberTree } from '../layer/tree/member-tree.ts'
import type { Recipe } from '../source/package.ts'
import type { StoreReader } from '../store/store.ts'
import type { Entry } from '../tree/entry.ts'
import { type DirectoryLinks, directoryLinks } from '../tree/links.ts'
import { overlay } from '../tree/overlay.ts'
import { join, path as parsePath, show } from '../tree/path.ts'
import { adjusted, filtered, type Owner } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import type { Copied } from './image-data.ts'
import type { Member } from './parts.ts'

/** Files of one `copy()` in the image. */
export interface CopiedLayer {
  /** Path that they were copied to. */
  readonly to: string
  readonly members: readonly Member[]
  /** Existing directories, with their own metadata. */
  readonly adjustments: LayerRecipe['adjustments']
  readonly tree: Tree
}

/** The image that files are copied into. */
export interface CopyPlace {
  readonly store: StoreReader
  readonly options: LayerRecipe['options']
  /** Root file system below the image's own layers. */
  readonly lower: Tree
  /** Its own files, which go above the copied ones. */
  readonly own: Tree
  ownerOf(copied: Copied): Owner
}

/** Returns the layers, bottom first. @throws BuildError merge.directory */
export function copiedLayers(all: readonly Copied[], place: CopyPlace): readonly CopiedLayer[] {
  const links = all.length === 0 ? new Map() : directoryLinks(overlay([place.lower, place.own]))
  const layers: CopiedLayer[] = []
  for (const copied of all)
    layers.push(copiedLayer(copied, { ...place, lower: withCopied(place.lower, layers), links }))
  return layers
}

interface LinkedPlace extends CopyPlace {
  readonly links: DirectoryLinks
}

function copiedLayer(copied: Copied, place: LinkedPlace): CopiedLayer {
  const { store, options } = place
  const members = copied.from.map(({ recipe, name }) => memberOf(recipe, name, { copied, place }))
  const recipe = layerRecipe(members, options)
  const adjustments = existingDirectories(layerTree(store, recipe), copied, place)
  return { to: copied.to, members, adjustments, tree: layerTree(store, { ...recipe, adjustments }) }
}

/** Returns the directories that exist already. @throws BuildError merge.directory - a file would replace a directory, or the reverse */
function existingDirectories(tree: Tree, copied: Copied, { lower, own }: CopyPlace): LayerRecipe['adjustments'] {
  const found: Record<string, LayerRecipe['adjustments'][string]> = {}
  for (const entry of tree.entries()) {
    const [below, above] = [lower.get(entry.path), own.get(entry.path)]
    for (const other of [below, above]) if (isMixed(entry, other)) refuseMixed(entry, other, copied)
    // An ordinary directory among the image's own files exists only to contain something.
    const there = above?.kind === 'directory' && !isOrdinary(above.metadata) ? above : below
    if (there?.kind === 'directory' && entry.kind === 'directory')
      found[entry.path] = asJson({ ...there.metadata, mtime: entry.metadata.mtime })
  }
  return found
}

function isMixed(entry: Entry, other: Entry | undefined): other is Entry {
  return other !== undefined && (entry.kind === 'directory') !== (other.kind === 'directory')
}

function memberOf(
  { path, as, name: object }: Recipe,
  name: string,
  { copied, place }: { readonly copied: Copied; readonly place: LinkedPlace },
): Member {
  const { store, links, options, ownerOf } = place
  const info = store.info(path)
  if (info === undefined) throw new Error(`unreachable: ${object} is copied but not in the store`)
  const isDirectory = as === 'slices' || store.tree(path).get(parsePath(''))?.kind === 'directory'
  const to = parsePath(copied.to)
  const at = copied.into && !isDirectory ? join(to, Buffer.from(name, 'utf8').toString('latin1')) : to
  const { mode, mtime } = copied
  const own: MemberOptions = { at: [at], owner: ownerOf(copied), mode, ...(mtime === null ? {} : { mtime }) }
  const through = linksWithin(memberTree(store, { path, as, options: own }, options), links)
  return { path, as, info, options: through === undefined ? own : { ...own, through } }
}

/** Returns the image's links to directories at paths that a tree uses; undefined if there are none. */
function linksWithin(tree: Tree, links: DirectoryLinks): Readonly<Record<string, string>> | undefined {
  const found = [...links].filter(([link]) => tree.get(link) !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

/** Removes from a tree the paths of copied files: they win, and their directories keep their metadata. */
export function overCopied(tree: Tree, layers: readonly CopiedLayer[]): Tree {
  if (layers.length === 0) return tree
  const copied = overlay(layers.map((layer) => layer.tree))
  const kept = filtered(tree, ({ kind, path }) => kind === 'directory' || copied.get(path) === undefined)
  return adjusted(kept, ({ kind, path, metadata }) => {
    const there = kind === 'directory' ? copied.get(path) : undefined
    return there?.kind === 'directory' ? { ...there.metadata, mtime: metadata.mtime } : metadata
  })
}

/** Puts copied files over a tree. */
export function withCopied(tree: Tree, layers: readonly CopiedLayer[]): Tree {
  return layers.length === 0 ? tree : overlay([tree, ...layers.map((layer) => layer.tree)])
}

function refuseMixed(entry: Entry, there: Entry, { to }: Copied): never {
  const at = JSON.stringify(`/${show(entry.path)}`)
  return fail(
    'merge.directory',
    `copy() to ${JSON.stringify(to)} puts a ${entry.kind} at ${at}, where the image has a ${there.kind}.`,
    {
      remedy:
        there.kind === 'directory' ? 'To copy a file into a directory, end `to` with "/".' : 'Copy it to another path.',
      detail: { path: show(entry.path) },
    },
  )
}
