/** User that an application runs as, and the directories that it may write to. */
import { posix } from 'node:path'
import { directory, file, type Item, memoryTree } from '../../tree/memory.ts'
import type { Tree } from '../../tree/tree.ts'
import type { Resolution } from '../resolution.ts'

/** User that an application runs as, which owns the directories that it may write to. */
export const nodeAccount = { uid: 1000, gid: 1000, uname: 'node', gname: 'node' } as const

/** Returns the account, its home, and its writable directories. */
export function accountTree({ set, project }: Resolution): Tree {
  const writable = set.code.writable.map((each): [string, Item] => [
    posix.join(set.place, project, each),
    directory(nodeAccount),
  ])
  return memoryTree({
    'etc/passwd': file('node:x:1000:1000:node:/home/node:/usr/sbin/nologin\n'),
    'etc/group': file('node:x:1000:\n'),
    'home/node': directory(nodeAccount),
    ...Object.fromEntries(writable),
  })
}
