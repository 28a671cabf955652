/** Converts trees to the archives that go into a sandbox, and back. */
import { fail } from '../base/error.ts'
import { writeTar } from '../format/tar/write.ts'
import { fileRange } from '../store/file-range.ts'
import { tarEntries } from '../store/tar/entries.ts'
import { tarMembers } from '../store/tar/members.ts'
import { type EntryPath, show } from '../tree/path.ts'
import { type Tree, treeOf } from '../tree/tree.ts'

/** Format of both. */
export const form = { names: 'dotted', end: 'record' } as const

/** Bytes for GNU tar to unpack. */
export function tarOf(tree: Tree): Iterable<Uint8Array> {
  return writeTar(tree.entries(), form)
}

/** Tree of an archive that GNU tar wrote; contents are read from the file on demand. */
export function readTarTree(file: string): Tree {
  const found = tarEntries((member) => fileRange(file, member.contentOffset, member.size))
  for (const member of tarMembers(file)) {
    refuseReserved(member.path)
    found.add(member)
  }
  return treeOf(found.entries())
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
