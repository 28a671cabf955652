/**
 * dpkg's database (dpkg(1), dpkg-divert(1), dpkg-statoverride(1)) of an image over a base that has one: each file is the base's, the
 * image's, or a merge of both.
 */

import { contentOf, gather } from '../../base/bytes.ts'
import { parseParagraph } from '../../format/control.ts'
import type { BaseFiles } from '../../source/ecosystem.ts'
import type { Entry, FileEntry } from '../../tree/entry.ts'
import { type Tree, treeOf } from '../../tree/tree.ts'
import { type DebianBase, folder, instanceOf, textAt } from './base.ts'

/** A debian-root whose database includes the base's packages. `below` is the base's records. */
export function databaseOver(tree: Tree, base: BaseFiles, below: DebianBase): Tree {
  const merged = (entry: Entry): readonly Entry[] => {
    if (!entry.path.startsWith(`${folder}/`) || entry.kind !== 'file') return [entry]
    const name = entry.path.slice(folder.length + 1)
    if (name.startsWith('info/~base')) return []
    if (name === 'status') return [changed(entry, (own) => mergedStatus(below, own))]
    if (name === 'statoverride') return [changed(entry, (own) => mergedLines(textAt(base, entry.path), own))]
    // An image's packages never change these: they belong to the machine or its administrator.
    return ['arch', 'available', 'diversions'].includes(name) && base.tree.get(entry.path) !== undefined ? [] : [entry]
  }
  return treeOf([...tree.entries()].flatMap(merged))
}

/** The base's paragraphs, except those of packages that the image replaces; then the image's own. */
function mergedStatus({ paragraphs, native }: DebianBase, own: string): string {
  const added = own.split(/\n{2,}/).filter((each) => each.trim() !== '')
  const replaced = new Set(
    added.map((each) => {
      const fields = parseParagraph(each)
      return instanceOf(fields.get('package') ?? '', fields.get('architecture') ?? '', native)
    }),
  )
  const below = [...paragraphs].flatMap(([instance, paragraph]) => (replaced.has(instance) ? [] : [paragraph]))
  return [...below, ...added].map((each) => `${each.trim()}\n\n`).join('')
}

/** `user group mode path`: of several for one path, the later wins. */
function mergedLines(below: string, own: string): string {
  const lines = `${below}${own}`.split('\n').filter((line) => line !== '')
  const byPath = new Map(lines.map((line) => [line.split(' ').slice(3).join(' '), line]))
  return [...byPath.values()].map((line) => `${line}\n`).join('')
}

function changed(entry: FileEntry, change: (text: string) => string): Entry {
  const own = Buffer.from(gather(entry.content.open())).toString('latin1')
  return { ...entry, content: contentOf(Buffer.from(change(own), 'latin1')) }
}
