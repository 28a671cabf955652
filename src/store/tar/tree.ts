/**
 * A tar archive on disk as a tree: entries from an index, contents by offset. The only reader by offset.
 *
 * The index of a layer file is a cache beside it: it is made from the archive if it is missing, damaged or of another size, and kept if
 * possible. (A read-only store works without.) An unpacked package contains its own (cache/unpacked.ts).
 */
import { readFileSync, statSync } from 'node:fs'
import { errorCode } from '../../base/error.ts'
import { blockSize, paddingOf, type TarMember } from '../../format/tar/member.ts'
import { root } from '../../tree/path.ts'
import { type Tree, treeFrom, treeOf } from '../../tree/tree.ts'
import { fileRange } from '../file-range.ts'
import { type WholeFileOptions, writeCache } from '../whole-file.ts'
import { writeAll } from '../write-all.ts'
import { tarEntries } from './entries.ts'
import { formatTarIndex, parseTarIndex, type TarIndex, type TarSizes } from './index.ts'
import { tarMembers } from './members.ts'

/** An archive that can be read by offset. */
export interface IndexedTar extends TarSizes {
  readonly tree: Tree
}

/**
 * Opens the archive at `tar` with the index at `index`, creating the index if necessary.
 *
 * @throws BuildError archive.invalid, tar.unsupported - if the index must be created
 */
export function openTar(tar: string, index: string, options: WholeFileOptions = {}): IndexedTar {
  const again = (): Tree => makeTarIndex(tar, index, options).tree
  const known = readTarIndex(tar, index, again)
  if (known !== undefined) return known
  const made = makeTarIndex(tar, index, options)
  // Read from its file if it was kept: entries in memory are needed only while they are iterated.
  return readTarIndex(tar, index, again) ?? made
}

/** Opens an archive with an existing index; undefined without a valid one. @param again - recreates it if it disappears */
export function readTarIndex(tar: string, index: string, again: () => Tree): IndexedTar | undefined {
  const known = readGood(tar, index)
  return known === undefined ? undefined : indexedTar(known, () => readIndex(tar, index) ?? again())
}

/** Makes the tree of an archive. @param read - reads the index again for each pass: the indexes of a large closure would fill memory */
function indexedTar({ tarSize, membersSize }: TarSizes, read: () => Pick<Tree, 'below'>): IndexedTar {
  // For path look-ups.
  let kept: Pick<Tree, 'below'> | undefined
  return {
    tree: treeFrom({
      below: (top) => {
        if (top === root) return (kept ?? read()).below(root)
        kept ??= read()
        return kept.below(top)
      },
    }),
    ...{ tarSize, membersSize },
  }
}

/** Computes entries, end of the members and size from the archive itself. */
function makeTarIndex(tar: string, index: string, options: WholeFileOptions): IndexedTar {
  const found = tarEntries((member) => fileRange(tar, member.contentOffset, member.size))
  let membersSize = 0
  for (const member of tarMembers(tar, { outside: 'clean' })) {
    found.add(member)
    membersSize = endOf(member)
  }
  const entries = found.entries()
  const tarSize = statSync(tar).size
  keep(index, formatTarIndex(entries, { tarSize, membersSize }), options)
  return {
    tree: treeOf(entries),
    ...{ tarSize, membersSize },
  }
}

function endOf({ contentOffset, size }: TarMember): number {
  return Math.max(blockSize, contentOffset + size + paddingOf(size))
}

function readGood(tar: string, index: string): TarIndex | undefined {
  const known = readIndex(tar, index)
  return statSync(tar, { throwIfNoEntry: false })?.size === known?.tarSize ? known : undefined
}

function readIndex(tar: string, index: string): TarIndex | undefined {
  try {
    return parseTarIndex(readFileSync(index), tar)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function keep(index: string, bytes: Uint8Array, options: WholeFileOptions): void {
  try {
    writeCache(index, (descriptor) => writeAll(descriptor, bytes), options)
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM', 'ENOSPC', 'EDQUOT', 'ENOENT'].includes(errorCode(error) ?? '')) throw error
  }
}
