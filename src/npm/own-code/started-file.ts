/** Checks that a project's own files have the one that its start script runs. */
import { join, posix } from 'node:path'
import { fail } from '../../base/error.ts'
import type { Entry } from '../../tree/entry.ts'
import { ancestors, path } from '../../tree/path.ts'
import { sourceTree } from '../../tree/source-tree.ts'
import type { OwnCode, Resolution } from '../resolution.ts'

/** What Node adds to the name of its main file ("File modules" in its documentation). */
const extensions = ['', '.js', '.json', '.node']

/**
 * Checks the first word after `node`, unless it is an option, a directory, a package's file, or behind a link.
 *
 * @throws BuildError npm.start
 */
export function checkStarted([word = '-']: readonly string[], resolution: Resolution, code: readonly OwnCode[]): void {
  const { set, project } = resolution
  const place = posix.join(project, word)
  if (/^[-/]|(^|\/)node_modules\//.test(word) || /^\.\.?(\/|$)/.test(place)) return
  const disk = sourceTree(set.directory)
  const entryAt = (file: string): Entry | undefined => disk.get(path(file))
  const isLinked = [...ancestors(path(place))].some((above) => disk.get(above)?.kind === 'symlink')
  const present = extensions.map((extension) => place + extension).filter((file) => entryAt(file) !== undefined)
  if (isLinked || present.some((file) => entryAt(file)?.kind !== 'file')) return
  const manifest = join(set.directory, project, 'package.json')
  const isTaken = present.some((file) => code.some(({ recipe }) => recipe.reads?.(join(set.directory, file)) === true))
  if (isTaken) return
  const [fate, remedy] =
    present.length === 0
      ? ['does not exist', 'Build the project first']
      : ['is left out of the image', 'Name it in `files`, or correct .dockerignore or `ignore`']
  fail('npm.start', `The script "start" of ${manifest} runs ${word}, which ${fate}.`, {
    remedy: `${remedy}; or give config: { Cmd: ["dist/server.js"] }, the words after \`node\`.`,
    detail: { file: manifest, started: word },
  })
}
