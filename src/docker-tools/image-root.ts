/**
 * An image's own layer: debian-root, the links of its contents, the links that stand for Debian packages named by store path, and edits.
 *
 * Made as one layer file in the store, at a path that follows from the conf's: the same image, the same layer.
 */
import { tarSize, writeTar } from '../format/tar/write.ts'
import { mergedMembers } from '../layer/merged-members.ts'
import type { Workshop } from '../source/package.ts'
import type { Closure, PathInfo } from '../store/store.ts'
import { hashPart, logical, recipePath, type StorePath } from '../store/store-path.ts'
import { type EntryPath, entryPathOf } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import { contentsTree, type DirectoryLinks } from './contents.ts'
import type { Assembling } from './layered-assembly.ts'
import { memoryTree, symlink, directory } from '../tree/memory.ts'

/** Makes the layer of an image, or finds it in the store. */
export async function imageRoot(image: Assembling, closure: Closure, shop: Workshop): Promise<PathInfo> {
  const maker = 'image-root-1'
  const name = `${image.name}-customisation-layer`
  const path = recipePath(name, { maker, name, arguments: { conf: image.path }, closure: [] })
  const present = shop.store.info(path)
  if (present !== undefined) return present
  const tree = rootTree(image, closure, shop)
  const form = { names: 'relative', end: 'record' } as const
  const size = tarSize(tree.entries(), form)
  return shop.store.addFile(path, writeTar(tree.entries(), form), { size, candidates: [...closure.nodes.keys()] })
}

function rootTree(image: Assembling, closure: Closure, shop: Workshop): Tree {
  const debs = new Set([...closure.nodes].filter(([, node]) => node.as === 'deb').map(([path]) => path))
  const debianRoot = debs.size === 0 ? memoryTree({}) : thinRoot()
  const links = directoryLinks(debianRoot)
  const contents = contentsTree(image.contents, { store: shop.store, links, debs })
  return mergedMembers([debianRoot, linkDirectories(image, closure, debs), contents])
}

function thinRoot(): Tree {
  return memoryTree({ bin: symlink('usr/bin'), sbin: symlink('usr/sbin'), lib: symlink('usr/lib'), lib64: symlink('usr/lib64'), tmp: directory({ mode: 0o1777 }) })
}

function directoryLinks(tree: Tree): DirectoryLinks {
  const links = new Map<EntryPath, EntryPath>()
  for (const entry of tree.entries()) {
    if (entry.kind === 'symlink' && entry.target.startsWith('usr/')) links.set(entry.path, entryPathOf(entry.target))
  }
  return links
}

function linkDirectories({ data }: Assembling, closure: Closure, debs: ReadonlySet<StorePath>): Tree {
  const said = JSON.stringify([data.config, data.extraCommands, data.fakeRootCommands])
  const referred = new Set([...closure.nodes.values()].flatMap((node) => node.info.references))
  const named = [...debs].filter((path) => referred.has(path) || said.includes(hashPart(path)))
  const items = named.flatMap((path) =>
    Object.entries({ bin: '/usr/bin', sbin: '/usr/sbin', lib: '/usr/lib', libexec: '/usr/libexec', share: '/usr/share', include: '/usr/include', usr: '/usr', etc: '/etc', var: '/var' }).map(
      ([link, target]) => [`${logical(path).slice(1)}/${link}`, symlink(target)] as const,
    ),
  )
  return memoryTree(Object.fromEntries(items))
}
