/** One member of a layer as a tree, at its place in the image (../member-options.ts). */
import type { StoreReader } from '../../store/store.ts'
import { type Entry, hasMetadata, type Metadata, type NodeEntry, plain } from '../../tree/entry.ts'
import { mergeTrees } from '../../tree/merge.ts'
import { modeFor } from '../../tree/mode.ts'
import { inOrder } from '../../tree/order.ts'
import { type EntryPath, entryPathOf, isWithin, join, path, relative, root } from '../../tree/path.ts'
import { adjusted, dated, filtered, renamed, under, withoutRoot, withParents } from '../../tree/transform.ts'
import { deferred, type Tree, treeFrom, treeOf } from '../../tree/tree.ts'
import type { LayerMember, LayerRecipe } from '../layer.ts'
import type { MemberOptions } from '../member-options.ts'
import { withContentTimes } from './content-times.ts'
import { mergedMembers } from './merged-members.ts'

type Options = LayerRecipe['options']
type Member = Pick<LayerMember, 'path' | 'as' | 'options'>

/** The directory of store objects. */
export const storeRoot: EntryPath = path('nix/store')

/** Tree of one member. */
export function memberTree(store: StoreReader, member: Member, layer: Options): Tree {
  const { options = noOptions } = member
  const placed =
    member.as === 'store' && options.at === undefined ? inStore(store, member, layer) : atRoot(store, member, layer)
  const tree = withPaths(linked(placed, options), options)
  return options.mtime === 'content' ? withContentTimes(tree) : tree
}

const noOptions: MemberOptions = {}

/** Modification time of everything in a store object and in an unpacked package. */
const unpackedTime = 1

/** Moves, owns and dates entries in one step, since it runs for every file of the store. A store has few modes, so metadata is shared. */
function inStore(store: StoreReader, { path: object, options = noOptions }: Member, layer: Options): Tree {
  const place = join(storeRoot, object)
  const { uid, gid, uname, gname } = options.owner ?? layer
  const mtime = typeof options.mtime === 'number' ? options.mtime : layer.mtime
  const byMode = new Map<number, Metadata>()
  const modeOf = modesFor(options)
  const metadataOf = (entry: NodeEntry): Metadata => {
    const mode = modeOf(entry)
    const known = byMode.get(mode)
    if (known !== undefined) return known
    const made = plain(mode, { uid, gid, uname, gname, mtime })
    byMode.set(mode, made)
    return made
  }
  return treeFrom({
    *below(top) {
      const within = isWithin(place, top) ? root : relative(top, place)
      if (within === undefined) return
      for (const entry of store.tree(object).below(within)) {
        if (!hasMetadata(entry)) throw new Error(`unreachable: a store object has a ${entry.kind}`)
        yield { ...entry, path: join(place, entry.path), metadata: metadataOf(entry) }
      }
    },
  })
}

function atRoot(store: StoreReader, { path: object, as, options = noOptions }: Member, layer: Options): Tree {
  const { at } = options
  const whole = as === 'store' ? searchableDirectories(store.tree(object)) : store.laidOut(object, as)
  const mtime = typeof options.mtime === 'number' ? options.mtime : as === 'layer' ? undefined : layer.mtime
  const timed = mtime === undefined || (mtime === unpackedTime && as !== 'layer') ? whole : dated(whole, mtime)
  if (at === undefined) return withMetadata(timed, root, options)
  return mergedMembers(at.map((place) => laidIn(timed, entryPathOf(place), options)))
}

/** Drops the entry of "/": a package must not set it. */
function laidIn(tree: Tree, directory: EntryPath, options: MemberOptions): Tree {
  if (directory !== root) return withMetadata(under(tree, directory), directory, options)
  return withMetadata(withoutRoot(tree), root, options)
}

/** Sets the owner and mode of a directory and its contents. */
function withMetadata(tree: Tree, directory: EntryPath, options: MemberOptions): Tree {
  const { owner, mode } = options
  if (owner === undefined && mode === undefined) return tree
  const modeOf = modesFor(options)
  return adjusted(tree, (entry) => {
    const { path, metadata } = entry
    return isWithin(path, directory) ? { ...metadata, ...owner, mode: modeOf(entry) } : metadata
  })
}

/** Returns what computes the modes of entries: each that an object has once, since a symbolic mode takes longer than all else. */
function modesFor({ mode }: MemberOptions): (entry: NodeEntry) => number {
  const known = { directory: new Map<number, number>(), other: new Map<number, number>() }
  return ({ kind, metadata: { mode: own } }) => {
    if (mode === undefined || kind === 'symlink') return own
    const isDirectory = kind === 'directory'
    const modes = isDirectory ? known.directory : known.other
    const bits = modes.get(own) ?? modeFor(mode, { mode: own, isDirectory })
    modes.set(own, bits)
    return isDirectory && typeof mode === 'number' ? runnable(bits) : bits
  }
}

/** Adds x wherever a mode has r. */
function runnable(mode: number): number {
  return mode | ((mode & 0o444) >> 2)
}

/** A store object's directories are read-only; outside the store they are 0755. */
function searchableDirectories(tree: Tree): Tree {
  return adjusted(tree, ({ kind, metadata }) => (kind === 'directory' ? { ...metadata, mode: 0o755 } : metadata))
}

function linked(tree: Tree, { links }: MemberOptions): Tree {
  if (links === undefined) return tree
  const entries = Object.entries(links).map(
    ([from, target]): Entry => ({ kind: 'symlink', path: entryPathOf(from), metadata: plain(0o777), target }),
  )
  return mergedMembers([tree, withParents(treeOf(inOrder(entries)))])
}

function withPaths(tree: Tree, { executable, without, moved, through }: MemberOptions): Tree {
  const put = through === undefined ? tree : throughLinks(tree, through)
  const run = executable === undefined ? put : withPrograms(put, new Set(executable))
  const left = without === undefined ? run : leavingOut(run, new Set(without))
  return moved === undefined ? left : withMoved(left, new Map(Object.entries(moved)))
}

function throughLinks(tree: Tree, links: Readonly<Record<string, string>>): Tree {
  const known = new Map(Object.entries(links).map(([link, to]) => [entryPathOf(link), entryPathOf(to)]))
  return deferred(() => mergeTrees([{ rank: 0, name: 'copied files', tree }], { links: known }))
}

function withPrograms(tree: Tree, paths: ReadonlySet<string>): Tree {
  return adjusted(tree, ({ kind, path, metadata }) =>
    kind === 'file' && paths.has(path) ? { ...metadata, mode: runnable(metadata.mode) } : metadata,
  )
}

function leavingOut(tree: Tree, paths: ReadonlySet<string>): Tree {
  return filtered(tree, (entry) => !paths.has(entry.path))
}

function withMoved(tree: Tree, places: ReadonlyMap<string, string>): Tree {
  return withParents(renamed(tree, (from) => entryPathOf(places.get(from) ?? from)))
}
