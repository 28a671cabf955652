/** User that an application runs as, and the directories that it may write to. */
import { posix } from 'node:path'
import { directory, file, type Item, memoryTree } from '../../tree/memory.ts'
import { ancestors, type EntryPath, isWithin, path, show } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import type { Resolution } from '../resolution.ts'

/** User that an application runs as, which owns the directories that it may write to. */
export const nodeAccount = { uid: 1000, gid: 1000, uname: 'node', gname: 'node' } as const

/** Returns the paths in the image that the application may write to. */
export function writablePaths({ set, project }: Resolution): readonly EntryPath[] {
  return set.code.writable.map((each) => path(posix.join(set.place, project, each)))
}

/** Returns the account, its home, and its writable directories. */
export function accountTree(resolution: Resolution): Tree {
  const named = writablePaths(resolution)
  // A directory between two of them is writable as well.
  const writable = named
    .flatMap((each) => [each, ...ancestors(each)])
    .filter((each) => named.some((other) => isWithin(each, other)))
  return memoryTree({
    'etc/passwd': file('node:x:1000:1000:node:/home/node:/usr/sbin/nologin\n'),
    'etc/group': file('node:x:1000:\n'),
    'home/node': directory(nodeAccount),
    ...Object.fromEntries(writable.map((each): [string, Item] => [show(each), directory(nodeAccount)])),
  })
}
