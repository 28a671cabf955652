/**
 * The links that update-alternatives would make (update-alternatives(1)).
 *
 * Of a group the target with the highest priority is chosen, of equals the first by name; targets that the closure lacks do not count;
 * a slave link is made where its own target exists.
 */

import type { Entry } from '../../tree/entry.ts'
import { plain } from '../../tree/entry.ts'
import { type EntryPath, path } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import { mergedPath } from '../merged-usr.ts'

/** One `--install` or `--slave`: the link in the way of programs, the group's name, and where it leads. */
export interface AlternativeLink {
  readonly link: string
  readonly name: string
  readonly target: string
}

/** One `update-alternatives --install`. */
export interface Alternative extends AlternativeLink {
  readonly priority: number
  readonly slaves: readonly AlternativeLink[]
}

/** The links for what the closure has, as entries. */
export function alternativeEntries(alternatives: readonly Alternative[], files: Tree): readonly Entry[] {
  const present = alternatives.filter(({ target }) => has(files, target))
  const best = new Map<string, Alternative>()
  for (const each of present) {
    const known = best.get(each.name)
    if (known === undefined || isBetter(each, known)) best.set(each.name, each)
  }
  return [...best.values()].flatMap((chosen) => chosenEntries(chosen, files))
}

/** The links of one that is chosen, with those of its slaves that are there. */
export function chosenEntries(chosen: Alternative, files: Tree): readonly Entry[] {
  return [chosen, ...chosen.slaves.filter(({ target }) => has(files, target))].flatMap(linksOf)
}

/** What `update-alternatives --install …` adds; undefined where a word is unknown. */
export function alternativeOf(words: readonly (string | undefined)[]): Alternative | undefined {
  if (!words.every((word) => word !== undefined)) return undefined
  const install = words.indexOf('--install')
  if (install < 0) return undefined
  const [link, name, target, priority] = words.slice(install + 1)
  if (link === undefined || name === undefined || target === undefined || !/^-?\d+$/.test(priority ?? ''))
    return undefined
  const slaves: AlternativeLink[] = []
  for (let at = words.indexOf('--slave', install); at >= 0; at = words.indexOf('--slave', at + 1)) {
    const [slaveLink, slaveName, slaveTarget] = words.slice(at + 1)
    if (slaveLink === undefined || slaveName === undefined || slaveTarget === undefined) return undefined
    slaves.push({ link: slaveLink, name: slaveName, target: slaveTarget })
  }
  return { link, name, target, priority: Number(priority), slaves }
}

function isBetter(a: Alternative, b: Alternative): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.target < b.target)
}

/** Whether what a link leads to is there. */
export function has(files: Tree, target: string): boolean {
  return files.resolve(mergedPath(path(target))) !== undefined
}

function linksOf({ link, name, target }: AlternativeLink): readonly Entry[] {
  return [
    symlink(path(`etc/alternatives/${name}`), target),
    symlink(mergedPath(path(link)), `/etc/alternatives/${name}`),
  ]
}

function symlink(at: EntryPath, target: string): Entry {
  return { kind: 'symlink', path: at, metadata: plain(0o777), target: Buffer.from(target, 'utf8').toString('latin1') }
}
