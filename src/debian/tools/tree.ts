/**
 * The shell and the commands that scripts have, whatever the image's own root contains: some packages of the set as two trees.
 *
 * `root` is like an image of these packages. `lent` has their programs again, modified to run in any root: each names a copy of the loader
 * as its own, and that copy reads its own list of libraries (names in the files are replaced in place, so they must be short). So neither a
 * library nor a setting of the image's root affects them, nor do theirs affect the image's programs.
 */
import { contentOf, gather, type LocalContent } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import { readInterpreter } from '../../format/elf.ts'
import { readRange } from '../../store/file-range.ts'
import type { Entry } from '../../tree/entry.ts'
import { directoryLinks } from '../../tree/links.ts'
import { directory, file, type Item, memoryTree, symlink } from '../../tree/memory.ts'
import { mergeTrees } from '../../tree/merge.ts'
import { overlay } from '../../tree/overlay.ts'
import { baseName, type EntryPath, isWithin, path } from '../../tree/path.ts'
import { filtered, under, withoutHardlinks } from '../../tree/transform.ts'
import type { Tree } from '../../tree/tree.ts'
import type { RootPackage } from '../root/input.ts'
import { ldCacheBytes } from '../root/libraries/ld-cache.ts'

/** Input of the trees. */
export interface ToolsInput {
  readonly packages: readonly RootPackage[]
  /** The machine's architecture in Debian's spelling. */
  readonly architecture: string
  /** Path of `lent` while commands run. */
  readonly at: string
}

/** Both trees, as `root` and `lent` below one root. @throws BuildError debian.data-missing */
export function toolsTree(input: ToolsInput): Tree {
  const root = toolsRoot(input.packages)
  return overlay([under(root, path('root')), under(lentTree(root, input), path('lent'))])
}

const left = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'usr/share/lintian',
  'var/lib/dpkg',
].map(path)

/** An image of the packages, with the files that commands expect in any root. */
function toolsRoot(packages: readonly RootPackage[]): Tree {
  const ranked = packages.map(({ name, tree }) => ({ rank: 0, name, tree }))
  const merged = mergeTrees([...ranked, { rank: 1, name: 'tools', tree: surroundings(aliasesOf(packages)) }], {
    links: directoryLinks(surroundings(aliasesOf(packages))),
    within: () => 'first',
  })
  // As in a store: no hard links, no owners.
  return filtered(withoutHardlinks(merged), (entry) => !left.some((each) => isWithin(entry.path, each)))
}

/** Directories that are links under merged /usr. */
function aliasesOf(packages: readonly RootPackage[]): readonly string[] {
  return ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].filter((name) =>
    packages.some(({ tree }) => [...tree.below(path(`usr/${name}`))].length > 0),
  )
}

function surroundings(aliases: readonly string[]): Tree {
  const empty = ['build', 'dev', 'job', 'nix/store', 'proc', 'tmp', 'homeless-shelter']
  return memoryTree({
    '': directory(),
    ...Object.fromEntries(aliases.map((name) => [name, symlink(`usr/${name}`)])),
    ...Object.fromEntries(aliases.map((name) => [`usr/${name}`, directory()])),
    ...Object.fromEntries(empty.map((name) => [name, directory()])),
    'usr/bin/sh': symlink('bash'),
    'usr/bin/awk': symlink('gawk'),
    'etc/passwd': file('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n'),
    'etc/group': file('root:x:0:\nnogroup:x:65534:\n'),
    'etc/nsswitch.conf': file('passwd: files\ngroup: files\nshadow: files\n'),
  })
}

/** The modified programs, which run in any root. */
function lentTree(root: Tree, { architecture, at }: ToolsInput): Tree {
  const programs = [...root.entries()].filter(({ path: each }) => /^usr\/s?bin\/[^/]+$/.test(each))
  const cache = ldCacheBytes(root, architecture, `${at}/root`)
  const loader = loaderOf(root, programs)
  if (cache === undefined || loader === undefined) return lacking(architecture)
  const items = new Map<EntryPath, Item>(
    programs.map((entry) => [path(`bin/${baseName(entry.path)}`), lentItem(entry, at)]),
  )
  items.set(path('ld.so'), file(changedLoader(loader, at), { mode: 0o755 }))
  items.set(path('c'), file(cache))
  for (const name of ['root', 'job', 'upper']) items.set(path(name), directory())
  return memoryTree(items)
}

function lentItem(entry: Entry, at: string): Item {
  if (entry.kind === 'symlink') return symlink(baseName(path(entry.target)))
  if (entry.kind !== 'file') return () => []
  return file(lent(entry.content, at), { mode: entry.metadata.mode & 0o777 })
}

function lent(content: LocalContent, at: string): LocalContent {
  const found = readInterpreter((offset, size) => readRange(content, offset, size))
  if (found !== undefined) return replacedAt(content, found.offset, padded(`${at}/ld.so`, found.size))
  const start = Buffer.from(readRange(content, 0, 64)).toString('latin1')
  const [line, program] = /^#! ?\/(?:usr\/)?s?bin\/(\S+)/.exec(start) ?? []
  if (line === undefined) return content
  return contentOf(Buffer.concat([Buffer.from(`#!${at}/bin/${program}`), gather(content.open()).subarray(line.length)]))
}

/** The loader that the programs name, as a file. */
function loaderOf(root: Tree, programs: readonly Entry[]): LocalContent | undefined {
  for (const program of programs) {
    if (program.kind !== 'file') continue
    const { content } = program
    const found = readInterpreter((offset, size) => readRange(content, offset, size))
    if (found === undefined) continue
    const name = Buffer.from(readRange(content, found.offset, found.size))
      .toString('latin1')
      .replace(/\0.*$/, '')
    return root.content(path(name))
  }
  return undefined
}

/** The loader with its own list of libraries, and without the image's preload list. */
function changedLoader(loader: LocalContent, at: string): LocalContent {
  const bytes = Buffer.from(gather(loader.open()))
  for (const [name, ours] of [
    ['/etc/ld.so.cache\0', `${at}/c`],
    ['/etc/ld.so.preload\0', `${at}/p`],
  ] as const) {
    for (let found = bytes.indexOf(name); found >= 0; found = bytes.indexOf(name, found + 1))
      padded(ours, name.length).copy(bytes, found)
  }
  return contentOf(bytes)
}

function replacedAt(content: LocalContent, offset: number, with_: Buffer): LocalContent {
  const bytes = Buffer.from(gather(content.open()))
  with_.copy(bytes, offset)
  return contentOf(bytes)
}

function padded(text: string, size: number): Buffer {
  if (text.length >= size) throw new Error(`unreachable: ${text} does not fit into ${size} bytes`)
  return Buffer.from(text.padEnd(size, '\0'), 'latin1')
}

function lacking(architecture: string): never {
  return fail('debian.data-missing', `The tools for commands lack a C library for ${architecture}.`, {
    remedy: 'Use a suite that has libc6 for this machine.',
    detail: { architecture },
  })
}
