/** Contract of every layering: each object once, at most so many groups, none empty, and the same for every order of the closure. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Layering } from '../../src/layer/layer.ts'
import type { Closure } from '../../src/store/store.ts'
import { anySpecs, closureFrom } from '../support/graphs.ts'

/** Declares the tests; `most` is the maximum number of groups. */
export function layeringContract(
  name: string,
  { layering, most }: { readonly layering: Layering; readonly most: number },
): void {
  test(`${name}: each object is in one group, and no group is empty`, () => {
    fc.assert(
      fc.property(anySpecs(), (spec) => {
        const closure = closureFrom(spec)
        const groups = layering(closure)
        assert.deepEqual(groups.flat().sort(), [...closure.nodes.keys()].sort())
        assert.ok(groups.every((group) => group.length > 0))
        assert.ok(groups.length <= most)
      }),
    )
  })

  test(`${name}: the order of a closure does not matter`, () => {
    fc.assert(
      fc.property(anySpecs(), (spec) => {
        const closure = closureFrom(spec)
        assert.deepEqual(layering(turnedRound(closure)), layering(closure))
      }),
    )
  })
}

function turnedRound({ roots, nodes, edges }: Closure): Closure {
  return {
    roots: roots.toReversed(),
    nodes: new Map([...nodes].reverse()),
    edges: new Map([...edges].map(([path, targets]) => [path, targets.toReversed()] as const).reverse()),
  }
}
