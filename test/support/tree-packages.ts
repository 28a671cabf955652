/** Packages of trees in memory. */
import { makers } from '../../src/actions/makers.ts'
import type { Makers, Package } from '../../src/source/package.ts'
import { define } from '../../src/source/placeholder.ts'
import { treeMaker } from '../../src/source/tree-maker.ts'
import type { Tree } from '../../src/tree/tree.ts'

const trees: Tree[] = []

/** A package of one tree. */
export function treePackage(name: string, tree: Tree): Package {
  return define({ maker: 'test-tree-1', name, arguments: { tree: trees.push(tree) - 1 } })
}

const treeTestMaker = treeMaker<{ readonly tree: number }>(({ tree }) => trees[tree] ?? missing(tree))

/** The makers, including that of these packages. */
export const testMakers: Makers = new Map([...makers, ['test-tree-1', { load: async () => treeTestMaker }]])

function missing(tree: number): never {
  throw new Error(`no tree ${tree}`)
}
