/** Properties of every tree: makers keep the contract, and each conversion is reversible. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { readNar } from '../../src/format/nar/read.ts'
import { narSize, writeNar } from '../../src/format/nar/write.ts'
import { applyEdits } from '../../src/tree/apply-edits.ts'
import { diskTree } from '../../src/tree/disk.ts'
import { type Root, record } from '../../src/tree/edit.ts'
import type { Entry } from '../../src/tree/entry.ts'
import { sameEntry } from '../../src/tree/equal.ts'
import { mergeTrees } from '../../src/tree/merge.ts'
import { inOrder } from '../../src/tree/order.ts'
import { overlay } from '../../src/tree/overlay.ts'
import { isWithin, path, root } from '../../src/tree/path.ts'
import { Restorer, restoreTree } from '../../src/tree/restore.ts'
import {
  asStoreObject,
  filtered,
  renamed,
  standIn,
  under,
  withoutHardlinks,
  withParents,
} from '../../src/tree/transform.ts'
import { type Tree, treeOf } from '../../src/tree/tree.ts'
import { treeContract } from '../contract/tree.contract.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { arbitraryTree, lines } from '../support/trees.ts'

const folder = temporaryFolder()
let count = 0
const newPlace = (): string => join(folder, `${count++}`)

const linked = arbitraryTree({ hardLinks: true })
const rooted = (tree: Tree): Tree => treeOf([standIn(root), ...tree.entries()])

test('tree: every maker keeps the contract', () => {
  fc.assert(
    fc.property(linked, linked, (tree, other) => {
      const made = [
        tree,
        under(tree, path('p/q')),
        rooted(tree),
        filtered(tree, (entry) => entry.path.length % 3 !== 0),
        renamed(tree, (name) => name),
        withoutHardlinks(tree),
        withParents(tree),
        overlay([tree, other]),
      ]
      for (const each of made) treeContract(each)
    }),
    { numRuns: 100 },
  )
})

/** Layers: without some of their parents, with whiteouts and opaque directories, with hard links to lower layers. */
const layer = fc.tuple(linked, fc.array(fc.nat(9), { maxLength: 14 }), fc.nat(3)).map(([tree, picks, gone]) => {
  const entries = [...tree.entries()].flatMap((entry, index): readonly Entry[] => {
    const pick = picks[index]
    if (entry.kind === 'directory') {
      if (pick === 0) return []
      return pick === 1 ? [entry, { kind: 'opaque', path: entry.path }] : [entry]
    }
    return pick === 2 ? [{ kind: 'whiteout', path: entry.path }] : [entry]
  })
  const removed = ['a', 'b', 'a/b', 'A'].slice(0, gone).map((name) => path(name))
  const whiteouts = removed.filter((name) => entries.every((entry) => !isWithin(entry.path, name)))
  return treeOf(inOrder([...entries, ...whiteouts.map((name): Entry => ({ kind: 'whiteout', path: name }))]))
})

test('tree: a single path of a stack of layers is the same as in the whole stack', () => {
  let compared = 0
  fc.assert(
    fc.property(fc.array(layer, { minLength: 2, maxLength: 4 }), (layers) => {
      const stack = overlay(layers)
      try {
        Array.from(stack.entries())
      } catch (error) {
        assert.match(String(error), /is a hard link to/)
        return
      }
      compared++
      treeContract(stack)
      // Neither of these combines its layers.
      const [plain, nested] = [overlay(layers), overlay([overlay(layers.slice(0, -1)), ...layers.slice(-1)])]
      for (const at of [...Array.from(stack.entries(), (entry) => entry.path), path('a/b/absent'), path('A')]) {
        const found = stack.get(at)
        for (const other of [plain.get(at), nested.get(at)])
          assert.ok(found === other || (found !== undefined && other !== undefined && sameEntry(found, other)), at)
      }
    }),
    { numRuns: 300 },
  )
  assert.ok(compared > 100, `only ${compared} of 300 could be compared`)
})

test('tree: entries in any order are sorted into the canonical one', () => {
  fc.assert(
    fc.property(
      arbitraryTree().chain((tree) =>
        fc.tuple(
          fc.constant(tree),
          fc.shuffledSubarray([...tree.entries()], { minLength: [...tree.entries()].length }),
        ),
      ),
      ([tree, shuffled]) => assert.deepEqual(lines(treeOf(inOrder(shuffled))), lines(tree)),
    ),
  )
})

test('tree: round trip through the disk, with links, modes and times', () => {
  fc.assert(
    fc.property(linked, (tree) => {
      const place = newPlace()
      restoreTree(tree, place)
      const again = diskTree(place, { hardLinks: 'keep', times: true })
      treeContract(again)
      assert.deepEqual(lines(again), lines(rooted(tree)))
      assert.ok([...again.entries()].every((entry) => !('metadata' in entry) || entry.metadata.mtime === 1))
    }),
    { numRuns: 60 },
  )
})

test('tree: NAR to disk to NAR gives the same bytes, of the announced size', () => {
  fc.assert(
    fc.property(arbitraryTree(), fc.integer({ min: 1, max: 100 }), (tree, size) => {
      const nar = gather(writeNar(tree))
      assert.equal(narSize(tree), nar.length)
      const place = newPlace()
      using restorer = new Restorer(place)
      for (const step of readNar(cut(nar, size))) restorer.take(step)
      restorer.finish()
      assert.deepEqual(gather(writeNar(diskTree(place))), nar)
      assert.deepEqual(lines(diskTree(place)), lines(asStoreObject(rooted(tree))))
    }),
    { numRuns: 60 },
  )
})

test('tree: merging with itself changes nothing; a higher rank that wins everywhere is an overlay', () => {
  fc.assert(
    fc.property(linked, linked, (tree, other) => {
      const ranked = (name: string, rank: number, each: Tree) => ({ name, rank, tree: each }) as const
      assert.deepEqual(lines(mergeTrees([ranked('a', 0, tree), ranked('b', 1, tree)])), lines(tree))
      let merged: Tree
      try {
        merged = mergeTrees([ranked('a', 0, tree), { ...ranked('b', 1, other), directories: 'all' }])
      } catch (error) {
        assert.match(String(error), /a directory cannot be merged with another kind of entry/)
        return
      }
      treeContract(merged)
      assert.deepEqual(lines(withoutHardlinks(merged)), lines(withoutHardlinks(overlay([tree, other]))))
    }),
    { numRuns: 200 },
  )
})

const names = fc.constantFrom('/a', '/b', '/a/b', '/a/b/c', '/x', '/x/a')
const commands = fc.array(
  fc.oneof(
    names.map((at) => (root: Root) => root.mkdir(at, { mode: 0o700 })),
    names.map((at) => (root: Root) => root.write(at, at)),
    names.map((at) => (root: Root) => root.append(at, '+')),
    names.map((at) => (root: Root) => root.symlink('/x', at)),
    names.map((at) => (root: Root) => root.remove(at)),
    names.map((at) => (root: Root) => root.chmod(at, 0o711, { recursive: true })),
    names.map((at) => (root: Root) => root.chown(at, { uid: 3 })),
    fc.tuple(names, names).map(
      ([from, to]) =>
        (root: Root) =>
          root.copy(from, to),
    ),
  ),
  { maxLength: 8 },
)

test('tree: edits over a lower tree, applied to it, equal edits of the tree itself; failures are the same', () => {
  let applied = 0
  fc.assert(
    fc.property(arbitraryTree(), commands, (lower, list) => {
      const edits = list.flatMap((command) => record(command, 'test'))
      const whole = attempt(() => applyEdits(overlay([lower]), edits))
      const layer = attempt(() => applyEdits(treeOf([]), edits, { lower }))
      assert.equal(layer.failure, whole.failure)
      if (layer.tree === undefined || whole.tree === undefined) return
      applied++
      treeContract(whole.tree)
      treeContract(layer.tree, { parents: false })
      assert.deepEqual(lines(overlay([lower, layer.tree])), lines(whole.tree))
    }),
    { numRuns: 300 },
  )
  assert.ok(applied > 30, `only ${applied} of 300 could be applied`)
})

function attempt(make: () => Tree): { readonly tree?: Tree; readonly failure?: string } {
  try {
    return { tree: make() }
  } catch (error) {
    return { failure: String(error) }
  }
}

function cut(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}
