/** Checks an image's complete set of Debian packages, including its base's: none may conflict with another or break it. */
import { type Paragraph, parseParagraph, parseRelations } from '../../format/control.ts'
import type { Whole } from '../../source/ecosystem.ts'
import type { Closure } from '../../store/store.ts'
import { namePart, type StorePath } from '../../store/store-path.ts'
import { conflictsAmong, refuseConflict } from '../archive/conflicts.ts'
import type { Relating } from '../archive/universe.ts'
import { asDeb } from '../normaliser.ts'
import { type DebianBase, debianBaseOf } from '../over-base/base.ts'
import { controlText } from '../root/input.ts'

/** Refuses incompatible packages. @throws BuildError debian.conflict, naming both and the contents that brought them */
export function refuseIncompatible({ image, closure, base, store }: Whole): void {
  const paths = new Map<string, StorePath>()
  const own: Relating[] = []
  for (const [path, node] of closure.nodes) {
    if (node.as !== asDeb) continue
    const each = relating(parseParagraph(controlText({ control: store.control(path, asDeb) }, 'control')))
    paths.set(each.locked.name, path)
    own.push(each)
  }
  const below = base === undefined ? [] : relatingIn(debianBaseOf(base)).filter(({ locked }) => !paths.has(locked.name))
  for (const conflict of conflictsAmong([...own, ...below])) {
    // Conflicts within the base are its maker's choice.
    if (!paths.has(conflict.name) && !paths.has(conflict.other)) continue
    refuseConflict(conflict, `In ${image}, `, (name) => {
      const path = paths.get(name)
      return path === undefined ? ['the base image'] : rootsOf(path, closure).filter((root) => root !== namePart(path))
    })
  }
}

/** Packages installed in a base. */
function relatingIn({ installed, paragraphs }: DebianBase): readonly Relating[] {
  return [...installed.keys()].map((instance) => relating(parseParagraph(paragraphs.get(instance) ?? '')))
}

function relating(fields: Paragraph): Relating {
  const field = (name: string): string => fields.get(name) ?? ''
  return {
    locked: { name: field('package'), version: field('version') },
    relations: (name) => parseRelations(field(name)),
  }
}

/** Contents of the image that bring a package, by name and version. */
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
