/**
 * Alternatives of packages over a base that has some: what update-alternatives(1) would have done there. A group in automatic mode uses the
 * highest priority, of equals the base's own choice; a manual choice stays while its target exists. In a base without dpkg's records modes
 * are unknown, so its choices stay too.
 */

import { contentOf } from '../../base/bytes.ts'
import type { BaseFiles } from '../../source/ecosystem.ts'
import { type Entry, plain } from '../../tree/entry.ts'
import { inOrder } from '../../tree/order.ts'
import { type EntryPath, path } from '../../tree/path.ts'
import { filtered, withParents } from '../../tree/transform.ts'
import { type Tree, treeOf } from '../../tree/tree.ts'
import { union } from '../../tree/union.ts'
import { mergedPath } from '../merged-usr.ts'
import { type Alternative, type AlternativeLink, chosenEntries, has } from '../root/alternatives.ts'
import { type AlternativeGroup, formatGroup, parseGroup } from '../root/alternatives-database.ts'
import type { RootPackage } from '../root/input.ts'
import type { DebianRoot } from '../root/root.ts'
import { folder, textAt } from './base.ts'

/** The base's files, and which of them are removed. */
export interface Below {
  readonly base: BaseFiles
  readonly gone: readonly EntryPath[]
}

/** A debian-root whose links agree with the base's. `packages` are those that the image adds. */
export function alternativesOver(
  { tree, alternatives }: Pick<DebianRoot, 'tree' | 'alternatives'>,
  packages: readonly RootPackage[],
  { base, gone }: Below,
): Tree {
  const leaving = new Set(gone)
  const below = filtered(base.tree, (entry) => !leaving.has(entry.path))
  const files = union([...packages.map((each) => each.tree), below])
  const present = alternatives.filter(({ target }) => has(files, target))
  const entries = new Map(Iterator.from(tree.entries()).map((entry) => [entry.path, entry]))
  for (const [name, own] of Map.groupBy(present, (each) => each.name)) {
    const there = groupIn(base, name)
    if (there !== undefined) settleGroup(entries, decided(own, there, files), { own, there, files, base })
  }
  return treeOf([...withParents(treeOf(inOrder(entries.values()))).entries()])
}

/** A group in the base: the target of its link, and its record. */
interface There {
  readonly name: string
  readonly current: string | undefined
  readonly recorded: AlternativeGroup | undefined
}

function groupIn(base: Below['base'], name: string): There | undefined {
  const recorded = parseGroup(name, textAt(base, recordOf(name)))
  const link = base.tree.get(chosenAt(name))
  const current = link?.kind === 'symlink' ? Buffer.from(link.target, 'latin1').toString('utf8') : undefined
  // If dpkg keeps records, a link without one has no owner, and update-alternatives replaces it.
  const isKnown =
    recorded !== undefined || (current !== undefined && base.tree.get(path(`${folder}/status`)) === undefined)
  return isKnown ? { name, current, recorded } : undefined
}

interface Decision {
  readonly state: AlternativeGroup['state']
  readonly target: string
}

function decided(own: readonly Alternative[], { current, recorded }: There, files: Tree): Decision {
  const choices = united(recorded?.alternatives ?? [], own).filter(({ target }) => has(files, target))
  const known = choices.find(({ target }) => target === current)
  if (current !== undefined && has(files, current) && (known === undefined || recorded?.state === 'manual'))
    return { state: 'manual', target: current }
  // As in update-alternatives: the current target, unless another is better; without one, the first of the best by name.
  const rest = [...choices].sort((a, b) => (a.target < b.target ? -1 : 1))
  const best = rest.reduce((found, each) => (each.priority > found.priority ? each : found), known ?? rest[0] ?? none())
  return { state: 'auto', target: best.target }
}

/** Of several entries for one target, the later wins. */
function united(below: readonly Alternative[], own: readonly Alternative[]): readonly Alternative[] {
  return [...new Map([...below, ...own].map((each) => [each.target, each])).values()]
}

interface Group extends Pick<Below, 'base'> {
  readonly own: readonly Alternative[]
  readonly there: There
  readonly files: Tree
}

function settleGroup(
  entries: Map<EntryPath, Entry>,
  { state, target }: Decision,
  { own, there, files, base }: Group,
): void {
  const choices = united(there.recorded?.alternatives ?? [], own)
  for (const each of own) for (const at of placesOf(each)) entries.delete(at)
  const chosen = choices.find((each) => each.target === target)
  const before = choices.find((each) => each.target === there.current)
  if (chosen !== undefined && before !== undefined && before !== chosen)
    for (const at of before.slaves.flatMap(linkPlaces))
      if (base.tree.get(at)?.kind === 'symlink') entries.set(at, { kind: 'whiteout', path: at })
  const isUntouched = target === there.current && !own.some((each) => each.target === target)
  if (chosen !== undefined && !isUntouched)
    for (const entry of chosenEntries(chosen, files)) entries.set(entry.path, entry)
  const record = path(recordOf(there.name))
  if (!entries.has(record)) return
  const bytes = Buffer.from(formatGroup({ state, alternatives: choices }), 'utf8')
  entries.set(record, { kind: 'file', path: record, metadata: plain(0o644), content: contentOf(bytes) })
}

/** Paths of the links of an alternative and its slaves. */
function placesOf({ slaves, ...own }: Alternative): readonly EntryPath[] {
  return [own, ...slaves].flatMap(linkPlaces)
}

function linkPlaces({ name, link }: AlternativeLink): readonly EntryPath[] {
  return [chosenAt(name), mergedPath(path(link))]
}

function chosenAt(name: string): EntryPath {
  return path(`etc/alternatives/${name}`)
}

function recordOf(name: string): string {
  return `${folder}/alternatives/${name}`
}

function none(): never {
  throw new Error('unreachable: a group without a link or record')
}
