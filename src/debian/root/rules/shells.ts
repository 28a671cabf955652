/**
 * /etc/shells as update-shells(8) creates it: Debian's own list and packages' additions in shells.d, each name also with its path under
 * merged /usr.
 */

import { path } from '../../../tree/path.ts'
import type { Tree } from '../../../tree/tree.ts'
import { mergedPath } from '../../merged-usr.ts'
import { file, type Rule } from './rule.ts'

const list = path('usr/share/debianutils/shells')
const folder = path('usr/share/debianutils/shells.d')

/** List of login shells, for a closure with debianutils. */
export const shells: Rule = (closure) => {
  const template = textOf(closure.files, list)
  if (template === undefined) return []
  const packaged = [template, ...[...closure.files.below(folder)].map((each) => textOf(closure.files, each.path) ?? '')]
    .flatMap((text) => text.split('\n'))
    .map((line) => line.replace(/#.*/, ''))
    .filter((line) => line !== '')
    .flatMap((shell) => [shell, `/${mergedPath(path(shell))}`])
  const known = [...new Set(packaged)]
  const there = new Set(template.split('\n'))
  const added = known.filter((shell) => !there.has(shell))
  return [
    ...file('etc/shells', [template, ...added.map((shell) => `${shell}\n`)].join(''))(closure),
    ...file('var/lib/shells.state', known.map((shell) => `${shell}\n`).join(''))(closure),
  ]
}

function textOf(files: Tree, at: ReturnType<typeof path>): string | undefined {
  const bytes = files.read(at)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
}
