/** Trees as the archives that go into a sandbox and come out of it. */
import { fail } from '../base/error.ts'
import { writeTar } from '../format/tar/write.ts'
import { fileRange } from '../store/file-range.ts'
import { tarEntries } from '../store/tar/entries.ts'
import { tarMembers } from '../store/tar/members.ts'
import { type EntryPath, show } from '../tree/path.ts'
import { type Tree, treeOf } from '../tree/tree.ts'

/** The form of both. */
export const form = { names: 'dotted', end: 'record' } as const

/** The bytes that GNU tar unpacks. */
export function tarOf(tree: Tree): Iterable<Uint8Array> {
  return writeTar(tree.entries(), form)
}

/** The tree in an archive that GNU tar wrote; contents are read from the file when they are asked for. */
export function readTarTree(file: string): Tree {
  const found = tarEntries((member) => fileRange(file, member.contentOffset, member.size))
  for (const member of tarMembers(file)) {
    refuseReserved(member.path)
    found.add(member)
  }
  return treeOf(found.entries())
}

/** Such a name would remove files of the image instead of being one. */
function refuseReserved(path: EntryPath): void {
  if (!/(^|\/)\.wh\./.test(path)) return
  fail(
    'tar.unrepresentable',
    `Commands left ${JSON.stringify(`/${show(path)}`)}, and names that start with ".wh." remove files in an image.`,
    {
      remedy: 'Choose another name.',
      detail: { path: show(path) },
    },
  )
}
