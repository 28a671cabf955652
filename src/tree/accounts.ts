/** Account files (passwd(5), group(5), shadow(5), gshadow(5)): one record a line, named by the first field, merged by that name. */
import { contentOf, gather, type LocalContent } from '../base/bytes.ts'
import { inOrder } from './order.ts'
import { type EntryPath, path } from './path.ts'
import { type Tree, treeOf } from './tree.ts'

const accountFiles: ReadonlySet<EntryPath> = new Set(
  ['etc/passwd', 'etc/group', 'etc/shadow', 'etc/gshadow'].map((name) => path(name)),
)

/** Whether a path is one of the files that are merged. */
export function isAccountFile(at: EntryPath): boolean {
  return accountFiles.has(at)
}

/** The account files of a tree. */
export function accountFilesIn(tree: Tree): Tree {
  return treeOf(inOrder([...accountFiles].flatMap((at) => tree.get(at) ?? [])))
}

/** The lines of all, the earlier files' first; of records with one name the first counts. */
export function mergedAccounts(contents: readonly LocalContent[]): LocalContent {
  const lines = new Map<string, string>()
  for (const content of contents) {
    for (const line of Buffer.from(gather(content.open())).toString('latin1').split('\n')) {
      const [name = ''] = line.split(':', 1)
      if (line !== '' && !lines.has(name)) lines.set(name, line)
    }
  }
  return contentOf(Buffer.from([...lines.values(), ''].join('\n'), 'latin1'))
}
