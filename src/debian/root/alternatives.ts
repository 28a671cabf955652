/**
 * Links that update-alternatives would create (update-alternatives(1)).
 *
 * In each group the target with the highest priority is chosen, of equals the first by name; targets missing from the closure do not count;
 * a slave link is created if its own target exists.
 */

import type { Entry } from '../../tree/entry.ts'
import { plain } from '../../tree/entry.ts'
import { type EntryPath, path } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import { mergedPath } from '../merged-usr.ts'

/** An `--install` or `--slave`: the link in the programs' directory, the group's name, and the target. */
export interface AlternativeLink {
  readonly link: string
  readonly name: string
  readonly target: string
}

/** An `update-alternatives --install` command. */
export interface Alternative extends AlternativeLink {
  readonly priority: number
  readonly slaves: readonly AlternativeLink[]
}

/** Links for the targets in the closure, as entries. */
export function alternativeEntries(alternatives: readonly Alternative[], files: Tree): readonly Entry[] {
  const present = alternatives.filter(({ target }) => has(files, target))
  const best = new Map<string, Alternative>()
  for (const each of present) {
    const known = best.get(each.name)
    if (known === undefined || isBetter(each, known)) best.set(each.name, each)
  }
  return [...best.values()].flatMap((chosen) => chosenEntries(chosen, files))
}

/** Links of a chosen alternative, and of its slaves whose targets exist. */
export function chosenEntries(chosen: Alternative, files: Tree): readonly Entry[] {
  return [chosen, ...chosen.slaves.filter(({ target }) => has(files, target))].flatMap(linksOf)
}

/** Parses `update-alternatives --install …`; undefined if a word is unknown. */
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

/** Tells whether the target of a link exists. */
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
