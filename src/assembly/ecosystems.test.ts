import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ecosystem, EcosystemUse } from '../source/ecosystem.ts'
import type { Recipe } from '../source/package.ts'
import { recipePath } from '../store/store-path.ts'
import { emptyTree } from '../tree/tree.ts'
import { architectureOf, usesOf } from './ecosystems.ts'

function useFor(recipe: object, architecture: string | undefined): EcosystemUse {
  return {
    recipe: { ...recipe },
    architecture,
    implied: () => [],
    over: () => ({ present: new Set(), gone: [] }),
    check: () => {},
    member: () => undefined,
    yields: () => undefined,
    root: async () => ({ tree: emptyTree, links: new Map(), notes: [] }),
  }
}

/** An ecosystem whose uses say how many recipes they were given. */
function ecosystem(kind: string, architecture?: string): Ecosystem {
  return {
    kind,
    uses: (recipes) => [useFor({ recipes: recipes.length }, architecture)],
    named: ({ name }) => ({ name, version: '' }),
    linked: () => undefined,
    standIn: () => undefined,
  }
}

function recipe(name: string, origin?: Ecosystem): Recipe {
  const path = recipePath(name, 'test')
  const made = { path, name, as: 'store', inputs: [], requires: [], realise: () => assert.fail() } as const
  return origin === undefined ? made : { ...made, origin }
}

test('ecosystems: each is asked once, with its own recipes, in the order of their names', () => {
  const [b, a] = [ecosystem('b'), ecosystem('a')]
  const uses = usesOf([recipe('1', b), recipe('2'), recipe('3', a), recipe('4', b)], 'image')
  assert.deepEqual(
    uses.map(({ kind, use }) => [kind, use.recipe]),
    [
      ['a', { recipes: 1 }],
      ['b', { recipes: 2 }],
    ],
  )
})

test('ecosystems: the architecture is theirs that state one; two that differ are an error', () => {
  const of = (...all: readonly Ecosystem[]) =>
    architectureOf(
      usesOf(
        all.map((each) => recipe(each.kind, each)),
        'image',
      ),
      'image',
    )
  assert.equal(of(), undefined)
  assert.equal(of(ecosystem('a'), ecosystem('b', 'arm64')), 'arm64')
  assert.throws(() => of(ecosystem('a', 'amd64'), ecosystem('b', 'arm64')), {
    code: 'image.architectures',
    message: /image has packages of a for amd64 and packages of b for arm64/,
  })
})
