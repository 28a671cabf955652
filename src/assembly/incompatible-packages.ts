/** The finished set of an image's Debian packages, its base's included: none may conflict with another or break it. */

import { conflictsAmong, refuseConflict } from '../debian/archive/conflicts.ts'
import type { Relating } from '../debian/archive/universe.ts'
import type { DebianBase } from '../debian/over-base/base.ts'
import { controlText } from '../debian/root/input.ts'
import { type Paragraph, parseParagraph, parseRelations } from '../format/control.ts'
import type { Closure, StoreReader } from '../store/store.ts'
import { namePart, type StorePath } from '../store/store-path.ts'

/** What an image holds. */
export interface FinishedSet {
  /** The image's name, for the error. */
  readonly image: string
  readonly closure: Closure
  readonly base: DebianBase | undefined
}

/** Refuses packages that do not stand each other. @throws BuildError debian.conflict, naming both and what of the image brought them */
export function refuseIncompatible({ image, closure, base }: FinishedSet, store: StoreReader): void {
  const paths = new Map<string, StorePath>()
  const own: Relating[] = []
  for (const [path, node] of closure.nodes) {
    if (node.as !== 'deb') continue
    const each = relating(parseParagraph(controlText({ control: store.control(path) }, 'control')))
    paths.set(each.locked.name, path)
    own.push(each)
  }
  const below = [...(base?.installed ?? [])].flatMap(([name, { paragraph }]) =>
    paths.has(name) ? [] : [relating(parseParagraph(paragraph))],
  )
  for (const conflict of conflictsAmong([...own, ...below])) {
    // What the base has is as its maker wanted it.
    if (!paths.has(conflict.name) && !paths.has(conflict.other)) continue
    refuseConflict(conflict, `In ${image}, `, (name) => {
      const path = paths.get(name)
      return path === undefined ? ['the base image'] : rootsOf(path, closure).filter((root) => root !== namePart(path))
    })
  }
}

function relating(fields: Paragraph): Relating {
  const field = (name: string): string => fields.get(name) ?? ''
  return {
    locked: { name: field('package'), version: field('version') },
    relations: (name) => parseRelations(field(name)),
  }
}

/** What of an image's own brings a package, by name and version. */
function rootsOf(wanted: StorePath, { roots, edges }: Closure): readonly string[] {
  const reaches = (root: StorePath): boolean => {
    const seen = new Set<StorePath>()
    const open = [root]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === wanted) return true
      if (seen.has(next)) continue
      seen.add(next)
      open.push(...(edges.get(next) ?? []))
    }
    return false
  }
  return roots.filter(reaches).map(namePart).sort()
}
