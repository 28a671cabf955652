/**
 * Writes a tree as a Nix archive (NAR).
 *
 * Follows the Nix manual, "Nix Archive (NAR) format". Everything is a string: its length in 8 bytes, little-endian, the bytes, then
 * zeros up to a multiple of 8. Only directories, files and symbolic links exist; owner, times and mode are omitted, except for the owner's
 * execute bit. Entries come in the tree's canonical order, which is the order that Nix requires.
 */
import type { LocalContent } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import type { Entry } from '../../tree/entry.ts'
import { baseName, comparePaths, type EntryPath, isWithin, parent, root, show } from '../../tree/path.ts'
import { standIn, withParents } from '../../tree/transform.ts'
import { type Tree, treeFrom } from '../../tree/tree.ts'

/** A part of an archive: bytes as latin1, then the content of one file. */
export interface NarPiece {
  readonly text: string
  readonly content?: LocalContent
}

/**
 * Writes the archive: file contents in their own chunks, everything between them in small ones. Inverse of `readNar`.
 *
 * @param tree - the root is the entry with path "". A missing root and missing parents become directories.
 * @throws BuildError nar.unsupported-entry - a device, a named pipe, a hard link or a whiteout.
 */
export function* writeNar(tree: Tree): Generator<Uint8Array> {
  for (const { text, content } of narPieces(tree)) {
    yield Buffer.from(text, 'latin1')
    if (content !== undefined) yield* exactly(content)
  }
}

/** Computes the archive's size in bytes without opening a file. @throws BuildError nar.unsupported-entry */
export function narSize(tree: Tree): number {
  let size = 0
  for (const { text, content } of narPieces(tree)) size += text.length + (content?.size ?? 0)
  return size
}

/** Yields text and file contents in turn, for a stream engine that reads files itself. @throws BuildError nar.unsupported-entry */
export function* narPieces(tree: Tree): Generator<NarPiece> {
  let text = string('nix-archive-1')
  let directory: EntryPath | undefined
  for (const entry of inSequence(tree)) {
    for (; directory !== undefined && !isWithin(entry.path, directory); directory = above(directory))
      text += endOf(directory)
    text += startOf(entry)
    if (entry.kind === 'directory') directory = entry.path
    else if (entry.kind === 'file') {
      yield { text, content: entry.content }
      text = padding(entry.content.size) + endOf(entry.path)
    } else text += endOf(entry.path)
    if (text.length > pieceSize) {
      yield { text }
      text = ''
    }
  }
  for (; directory !== undefined; directory = above(directory)) text += endOf(directory)
  yield { text }
}

// Flushes long runs of links and directories, to bound memory.
const pieceSize = 65_536

/** The tree as an archive holds it: with a root and all parents. */
export function completed(tree: Tree): Tree {
  return treeFrom({ below: (top) => Iterator.from(inSequence(tree)).filter((entry) => isWithin(entry.path, top)) })
}

/** Completes the entries with a root and all parents; detects a wrong order or an entry below a file. */
function* inSequence(tree: Tree): Generator<Entry> {
  let before: Entry | undefined
  for (const entry of withParents(tree).entries()) {
    if (before === undefined && entry.path !== root) yield standIn(root)
    else if (before !== undefined && !mayFollow(before, entry))
      throw new Error(
        `unreachable: ${show(entry.path)} is a duplicate, out of order, or below something other than a directory`,
      )
    before = entry
    yield entry
  }
  if (before === undefined) yield standIn(root)
}

function mayFollow(before: Entry, entry: Entry): boolean {
  return comparePaths(before.path, entry.path) < 0 && (before.path !== root || before.kind === 'directory')
}

function* exactly(content: LocalContent): Generator<Uint8Array> {
  let left = content.size
  for (const chunk of content.open()) {
    left -= chunk.length
    yield chunk
  }
  if (left !== 0) throw new Error(`unreachable: content of ${content.size} bytes gave ${content.size - left}`)
}

const nodeStart = string('(') + string('type')
const entryStart = string('entry') + string('(') + string('name')
const directoryStart = string('directory')
const symlinkStart = string('symlink') + string('target')
const fileStart = string('regular') + string('contents')
const executableStart = string('regular') + string('executable') + string('') + string('contents')
const end = string(')')

/** The text before an entry's contents. */
function startOf(entry: Entry): string {
  const start = entry.path === root ? nodeStart : entryStart + string(baseName(entry.path)) + string('node') + nodeStart
  switch (entry.kind) {
    case 'directory':
      return start + directoryStart
    case 'symlink':
      if (entry.target === '' || entry.target.includes('\0')) return refuse(entry, 'a symbolic link without a target')
      return start + symlinkStart + string(entry.target)
    case 'file':
      return start + ((entry.metadata.mode & 0o100) === 0 ? fileStart : executableStart) + integer(entry.content.size)
    case 'device':
    case 'fifo':
    case 'hardlink':
    case 'whiteout':
    case 'opaque':
      return refuse(entry, `a ${entry.kind}`)
  }
}

function endOf(path: EntryPath): string {
  return path === root ? end : end + end
}

function above(directory: EntryPath): EntryPath | undefined {
  return directory === root ? undefined : parent(directory)
}

function refuse(entry: Entry, what: string): never {
  return fail(
    'nar.unsupported-entry',
    `${JSON.stringify(show(entry.path))} is ${what}: a Nix archive cannot hold it.`,
    {
      remedy: 'Leave it out, or make it a file, a directory or a symbolic link.',
      detail: { path: show(entry.path) },
    },
  )
}

function string(bytes: string): string {
  return integer(bytes.length) + bytes + padding(bytes.length)
}

/** Encodes 64 bits, little-endian; sizes are safe integers. */
function integer(value: number): string {
  let text = ''
  for (let rest = value, byte = 0; byte < 8; byte++, rest = Math.floor(rest / 256))
    text += String.fromCharCode(rest % 256)
  return text
}

function padding(size: number): string {
  return '\0'.repeat((8 - (size % 8)) % 8)
}
