/** What every tree owes its taker, whoever made it: run it through this. */
import assert from 'node:assert/strict'
import { gather } from '../../src/base/bytes.ts'
import { compareEntries } from '../../src/tree/order.ts'
import { parent, root, show } from '../../src/tree/path.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { lines } from '../support/trees.ts'

/** Canonical order, parents present, links behind targets, content of its size, and the same again. `parents: false` for layers. */
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
      assert.ok(objects.has(entry.target), `${show(entry.path)} links to what is not there`)
    else if (entry.kind !== 'opaque') objects.add(entry.path)
    if (entry.kind === 'file') assert.equal(gather(entry.content.open()).length, entry.content.size)
  })
  assert.deepEqual(lines(tree), lines(tree))
}
