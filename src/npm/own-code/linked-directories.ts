/** Checks the directories that an image has by links, and its own workspace's: they are on the disk, and nothing keeps them out of the image. */
import { join, posix } from 'node:path'
import { fail } from '../../base/error.ts'
import { path } from '../../tree/path.ts'
import { sourceTree } from '../../tree/source-tree.ts'
import { nameAt } from '../lock-file/read.ts'
import type { OwnCode, Resolution } from '../resolution.ts'
import { linkTarget } from '../tree/graph.ts'

/**
 * Refuses a directory that is missing although the image is to run it, or one of its packages depends on it. Other workspaces may be missing,
 * as for npm.
 *
 * @throws BuildError npm.file-missing
 */
export function checkDirectories(resolution: Resolution): void {
  const { set, project, directories } = resolution
  const needed = dependedOn(resolution)
  for (const directory of directories) {
    if (isPresent(directory, resolution) || !(directory === project || needed.has(directory))) continue
    fail('npm.file-missing', `${join(set.directory, directory)} does not exist, and the npm lock file links to it.`, {
      remedy: 'Restore the directory, or remove the dependency on it and run `npm install --package-lock-only`.',
      detail: { file: directory },
    })
  }
}

/**
 * Refuses a directory that a package depends on if its package.json is left out of the image, which would have a link to nothing.
 *
 * @throws BuildError npm.file-missing
 */
export function checkTaken(resolution: Resolution, code: readonly OwnCode[]): void {
  const { set } = resolution
  for (const directory of dependedOn(resolution)) {
    const manifest = posix.join(directory, 'package.json')
    const file = join(set.directory, manifest)
    if (!isPresent(manifest, resolution) || code.some(({ recipe }) => recipe.reads?.(file) === true)) continue
    fail('npm.file-missing', `${file} is left out of the image, which has a package that depends on its directory.`, {
      remedy: 'Correct .dockerignore or `ignore`, so that the directory stays in.',
      detail: { file: manifest },
    })
  }
}

/** Returns the linked directories that packages depend on. */
function dependedOn({ kept }: Resolution): ReadonlySet<string> {
  const asked = new Set([...kept.values()].flatMap(({ dependencies }) => [...dependencies.keys()]))
  const found = [...kept.values()].flatMap((entry) => {
    const target = linkTarget(entry)
    return target !== undefined && asked.has(nameAt(entry.place)) ? [target] : []
  })
  return new Set(found)
}

function isPresent(file: string, { set }: Resolution): boolean {
  return file === '' || sourceTree(set.directory).get(path(file)) !== undefined
}
