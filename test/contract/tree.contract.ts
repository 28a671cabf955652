/** Contract of every tree with its consumers, whatever made it. */
import assert from 'node:assert/strict'
import { gather } from '../../src/base/bytes.ts'
import { compareEntries, movedTo } from '../../src/tree/order.ts'
import { entryPathOf, isWithin, join, parent, root, show } from '../../src/tree/path.ts'
import { type Tree, treeOf } from '../../src/tree/tree.ts'
import { lines } from '../support/trees.ts'

/** Checks canonical order, parents, links after targets, sizes of contents, and repeatability. `parents: false` for layers. */
export function treeContract(tree: Tree, options: { readonly parents?: boolean } = {}): void {
  const entries = [...tree.entries()]
  const directories = new Set<string>([root])
  const objects = new Set<string>()
  entries.forEach((entry, index) => {
    const before = entries[index - 1]
    assert.ok(before === undefined || compareEntries(before, entry) < 0, `${show(entry.path)} is out of order`)
    if (options.parents !== false) assert.ok(directories.has(parent(entry.path)), `${show(entry.path)} has no parent`)
    if (entry.kind === 'directory') directories.add(entry.path)
    else if (entry.kind === 'hardlink')
      assert.ok(objects.has(entry.target), `${show(entry.path)} links to a missing entry`)
    else if (entry.kind !== 'opaque') objects.add(entry.path)
    if (entry.kind === 'file') assert.equal(gather(entry.content.open()).length, entry.content.size)
  })
  assert.deepEqual(lines(tree), lines(tree))
  lookUpContract(tree)
}

/** A look-up of a path gives the same as iteration. */
function lookUpContract(tree: Tree): void {
  const entries = [...tree.entries()]
  const one = (entry: (typeof entries)[number] | undefined): readonly string[] =>
    lines(treeOf(entry === undefined ? [] : [entry]))
  const asked = new Set([
    ...entries.flatMap(({ path }) => [path, parent(path), join(path, 'x')]),
    entryPathOf('no'),
    root,
  ])
  for (const path of asked) {
    const below = entries.filter((entry) => isWithin(entry.path, path))
    assert.deepEqual(lines(treeOf([...tree.below(path)])), lines(treeOf(below)), `below ${show(path)}`)
    const entry = entries.find((each) => each.path === path)
    const object = entry?.kind === 'hardlink' ? entries.find((each) => each.path === entry.target) : undefined
    const expected = object !== undefined && 'metadata' in object ? movedTo(object, path) : entry
    assert.deepEqual(one(tree.get(path)), one(expected), `at ${show(path)}`)
  }
}
