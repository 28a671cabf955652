/**
 * Unpacks a downloaded archive, tar in any known compression or zip, into a tree whose contents are in a temporary directory.
 *
 * The result is what nixpkgs' `fetchzip` has: with `stripRoot`, the only directory of the archive becomes the root (an only file stays in a
 * directory). Nothing is extracted through a link: names are resolved inside the tree, and links out of it are refused.
 */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Bytes } from '../../base/bytes.ts'
import { BuildError, fail } from '../../base/error.ts'
import { decompress, detect, type Limit, magicLength } from '../../format/compression.ts'
import type { TarMember } from '../../format/tar/member.ts'
import type { Entry } from '../../tree/entry.ts'
import { type EntryPath, parent, relative, root, show } from '../../tree/path.ts'
import { withoutHardlinks, withParents } from '../../tree/transform.ts'
import { type Tree, treeOf } from '../../tree/tree.ts'
import { fileRange } from '../file-range.ts'
import { openFile } from '../random-bytes.ts'
import { tarEntries } from '../tar/entries.ts'
import { tarMembers } from '../tar/members.ts'
import { writeAll } from '../write-all.ts'
import { leavesTree } from './links-inside.ts'
import { peeked } from './peeked.ts'

/** How to unpack. */
export interface UnpackOptions {
  /** Name of the archive, for errors. */
  readonly name: string
  /** Existing directory for the contents, which must last as long as the tree. */
  readonly folder: string
  readonly stripRoot: boolean
  /** Default: 1 GiB, or 100 times the packed size. */
  readonly limit?: Limit
}

const larger = 'Unpack a larger one with a command (`fetchurl` and `runAsRoot`).'

/** @throws BuildError archive.invalid, archive.bomb, compression.corrupt, tar.unsupported */
export async function archiveTree(bytes: Bytes, options: UnpackOptions): Promise<Tree> {
  try {
    const all = treeOf([...withParents(treeOf(await entriesIn(bytes, options))).entries()])
    const tree = withoutHardlinks(options.stripRoot ? stripped(all) : all)
    checkEntries(tree)
    return tree
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || !/^(archive|compression|tar|tree)\./.test(thrown.code)) throw thrown
    const code = thrown.code === 'tree.duplicate' ? 'archive.invalid' : thrown.code
    throw new BuildError(code, `${options.name}: ${thrown.message}`, { ...thrown.detail, file: options.name }, thrown)
  }
}

async function entriesIn(bytes: Bytes, { folder, limit = {} }: UnpackOptions): Promise<readonly Entry[]> {
  const { first, all } = await peeked(bytes, magicLength)
  const { isZip } = await import('../../format/zip.ts')
  const data = join(folder, 'data')
  const bounded = { remedy: larger, ...limit }
  const found = tarEntries(({ contentOffset, size }) => fileRange(data, contentOffset, size))
  if (isZip(first)) {
    const { zipMembers } = await import('./zip-members.ts')
    for await (const member of zipMembers(all, { folder, data, limit: bounded })) found.add(member)
  } else {
    await writeTo(data, decompress(detect(first), all, { limit: bounded }))
    for (const member of membersOf(data)) found.add(member)
  }
  return found.entries()
}

async function writeTo(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const descriptor = openSync(file, 'w', 0o600)
  try {
    for await (const chunk of bytes) writeAll(descriptor, chunk)
  } finally {
    closeSync(descriptor)
  }
}

/** Names a file that is not an archive, such as an HTML page with an error message, in an error of its own. */
function* membersOf(file: string): Generator<TarMember> {
  try {
    yield* tarMembers(file)
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || thrown.code !== 'archive.invalid' || hasTarMagic(file)) throw thrown
    fail('archive.invalid', 'It is neither a tar archive, compressed or not, nor a zip archive.', {
      remedy: 'Check the address: some servers send a page instead of a file.',
      cause: thrown,
    })
  }
}

/** Position and text that all tar archives have in common, except for the oldest (POSIX.1-2017, pax, "ustar Interchange Format"). */
function hasTarMagic(file: string): boolean {
  using archive = openFile(file)
  return Buffer.from(archive.read(257, 5)).toString('latin1') === 'ustar'
}

/** The only directory becomes the root. @throws BuildError archive.invalid */
function stripped(tree: Tree): Tree {
  const tops = [...tree.entries()].filter(({ path }) => path !== root && parent(path) === root)
  const [top] = tops
  if (top === undefined || tops.length > 1) return refuseTops(tops)
  if (top.kind === 'file') return tree
  if (top.kind !== 'directory') return refuseTops(tops)
  return treeOf([...tree.below(top.path)].map((entry) => without(entry, top.path)))
}

function without(entry: Entry, top: EntryPath): Entry {
  const path = relative(entry.path, top) ?? root
  return entry.kind === 'hardlink'
    ? { ...entry, path, target: relative(entry.target, top) ?? root }
    : { ...entry, path }
}

function refuseTops(tops: readonly Entry[]): never {
  const names = tops.map(({ path }) => JSON.stringify(show(path)))
  const shown = names.length > 3 ? [...names.slice(0, 3), '…'] : names
  const fact =
    tops.length === 1
      ? `The only entry at its top, ${shown.join()}, is neither a directory nor a file.`
      : `It has ${tops.length} entries at its top instead of one directory${tops.length === 0 ? '' : `: ${shown.join(', ')}`}.`
  return fail('archive.invalid', fact, { remedy: 'Set `stripRoot: false` to take it as it is; the hash is another.' })
}

/** Longest name of a file on Linux (limits.h), in bytes. */
const longestName = 255

/** @throws BuildError archive.invalid - something that a store object cannot be, or must not */
function checkEntries(tree: Tree): void {
  for (const entry of tree.entries()) {
    const why = refusalOf(tree, entry)
    if (why === undefined) continue
    fail('archive.invalid', `"${show(entry.path)}" ${why}.`, {
      remedy: 'Use another archive, or unpack this one with a command (`fetchurl` and `runAsRoot`).',
      detail: { path: show(entry.path) },
    })
  }
}

function refusalOf(tree: Tree, entry: Entry): string | undefined {
  if (entry.path.length - entry.path.lastIndexOf('/') - 1 > longestName)
    return `has a name of more than ${longestName} bytes`
  switch (entry.kind) {
    case 'file':
    case 'directory':
      return undefined
    case 'symlink':
      if (/^$|\0/.test(entry.target)) return 'is a link without a target'
      return leavesTree(tree, entry) ? `is a link to "${entry.target}", which is outside the archive` : undefined
    case 'hardlink':
      return `is a hard link to "${show(entry.target)}", which the archive does not contain`
    case 'device':
    case 'fifo':
      return `is a ${entry.kind === 'fifo' ? 'named pipe' : 'device'}, which a package cannot contain`
    case 'whiteout':
    case 'opaque':
      return 'is marked as removed, by a name that starts with ".wh.", as in a layer of an image'
  }
}
