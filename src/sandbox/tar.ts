/** Converts trees to the archives that go into a sandbox, and back. */
import { BuildError, fail, located } from '../base/error.ts'
import { tarPieces } from '../format/tar/write.ts'
import { fileRange } from '../store/file-range.ts'
import { filledBuffers } from '../store/piece-reader.ts'
import { tarEntries } from '../store/tar/entries.ts'
import { tarMembers } from '../store/tar/members.ts'
import { type EntryPath, show } from '../tree/path.ts'
import { type Tree, treeOf } from '../tree/tree.ts'

/** Format of both. */
export const form = { names: 'dotted', end: 'record' } as const

// Stays in the cache of its core between read and write.
const bufferSize = 262_144

/** Bytes for GNU tar to unpack; a chunk is valid until the next is requested. */
export function* tarOf(tree: Tree): Generator<Uint8Array> {
  const buffer = new Uint8Array(bufferSize)
  for (const size of filledBuffers(tarPieces(tree.entries(), form), () => buffer)) yield buffer.subarray(0, size)
}

/** Tree of an archive that GNU tar wrote; contents are read from the file on demand. @throws BuildError path.too-long, tar.unrepresentable */
export function readTarTree(file: string): Tree {
  const found = tarEntries((member) => fileRange(file, member.contentOffset, member.size))
  try {
    for (const member of tarMembers(file)) {
      refuseReserved(member.path)
      found.add(member)
    }
  } catch (error) {
    // The archive is ours: what is wrong is a name.
    if (error instanceof BuildError && error.cause instanceof BuildError) refuseName(error.cause)
    throw error
  }
  return treeOf(found.entries())
}

function refuseName(reason: BuildError): never {
  return located('What commands left', () => {
    throw reason
  })
}

/** Refuses names that would remove files of the image. */
function refuseReserved(path: EntryPath): void {
  if (!/(^|\/)\.wh\./.test(path)) return
  fail(
    'tar.unrepresentable',
    `Commands created ${JSON.stringify(`/${show(path)}`)}, but names that start with ".wh." remove files in an image.`,
    {
      remedy: 'Choose another name.',
      detail: { path: show(path) },
    },
  )
}
