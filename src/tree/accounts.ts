/** Account files (passwd(5), group(5), shadow(5), gshadow(5)): one record per line, identified by its first field, merged by that name. */
import { contentOf, gather, type LocalContent } from '../base/bytes.ts'
import { inOrder } from './order.ts'
import { type EntryPath, path } from './path.ts'
import { type Tree, treeOf } from './tree.ts'

const accountFiles: ReadonlySet<EntryPath> = new Set(
  ['etc/passwd', 'etc/group', 'etc/shadow', 'etc/gshadow'].map((name) => path(name)),
)

/** Tells whether a path is one of the files that are merged. */
export function isAccountFile(at: EntryPath): boolean {
  return accountFiles.has(at)
}

/** Paths of the account files in a tree. */
export function accountFilesIn(tree: Tree): Tree {
  return treeOf(inOrder([...accountFiles].flatMap((at) => tree.get(at) ?? [])))
}

/** Merges lines, the earlier files' first; of several records with one name, the first wins. */
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
