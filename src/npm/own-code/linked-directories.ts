/** Checks that the directories which an image has by links, and its own workspace's, are on the disk. */
import { join } from 'node:path'
import { fail } from '../../base/error.ts'
import { path } from '../../tree/path.ts'
import { sourceTree } from '../../tree/source-tree.ts'
import { nameAt } from '../lock-file/read.ts'
import type { Resolution } from '../resolution.ts'
import { linkTarget } from '../tree/graph.ts'

/**
 * Refuses a directory that is missing although the image is to run it, or one of its packages depends on it. Other workspaces may be missing,
 * as for npm.
 *
 * @throws BuildError npm.file-missing
 */
export function checkDirectories({ set, project, directories, kept }: Resolution): void {
  const disk = sourceTree(set.directory)
  const asked = new Set([...kept.values()].flatMap(({ dependencies }) => [...dependencies.keys()]))
  const needed = [...kept.values()].flatMap((entry) => {
    const target = linkTarget(entry)
    return target !== undefined && asked.has(nameAt(entry.place)) ? [target] : []
  })
  for (const directory of directories) {
    const isThere = directory === '' || disk.get(path(directory)) !== undefined
    if (isThere || !(directory === project || needed.includes(directory))) continue
    fail('npm.file-missing', `${join(set.directory, directory)} does not exist, and the npm lock file links to it.`, {
      remedy: 'Restore the directory, or remove the dependency on it and run `npm install --package-lock-only`.',
      detail: { file: directory },
    })
  }
}
