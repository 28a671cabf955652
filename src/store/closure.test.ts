import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOf } from '../base/digest.ts'
import { closureOf } from './closure.ts'
import type { Closure, PathInfo } from './store.ts'
import { namePart, recipePath, type StorePath } from './store-path.ts'

type Edges = Readonly<Record<string, readonly string[]>>

test('closure: everything reachable through references and requirements, without self edges', () => {
  const references = { a: ['a', 'b'], b: [], c: [], d: ['b'], unrelated: ['a'] }
  const requires = { b: ['c'], c: ['b'] }
  const closure = closureIn(references, requires, ['a', 'd'])
  assert.deepEqual(edgesOf(closure), { a: ['b'], b: ['c'], c: ['b'], d: ['b'] })
  assert.deepEqual(closure.roots, [of('a'), of('d')])
  assert.deepEqual(closure.nodes.get(of('b')), { info: info('b', []), as: 'unpacked:deb-1', size: 7 })
  assert.deepEqual(closure.nodes.get(of('a')), { info: info('a', ['a', 'b']), as: 'store', size: 7 })
})

test('closure: nodes are sorted by path, whatever the order of the roots', () => {
  const references = { a: ['b', 'c'], b: [], c: [] }
  const [one, two] = [closureIn(references, {}, ['a', 'c']), closureIn(references, {}, ['c', 'a'])]
  assert.deepEqual([...one.nodes.keys()], [of('a'), of('b'), of('c')].sort())
  assert.deepEqual([...two.nodes.keys()], [...one.nodes.keys()])
})

test('closure: a missing object is an error, whether requested or referred to', () => {
  for (const roots of [['a'], ['absent']])
    assert.throws(() => closureIn({ a: ['absent'] }, {}, roots), { code: 'store.dangling-reference' })
})

function closureIn(references: Edges, requires: Edges, roots: readonly string[]): Closure {
  const known = new Map(Object.entries(references).map(([name, to]) => [of(name), info(name, to)]))
  return closureOf(
    { info: (path) => known.get(path) },
    {
      roots: roots.map(of),
      requires: (path) => requires[namePart(path)]?.map(of) ?? [],
      as: (path) => (namePart(path) in requires ? 'unpacked:deb-1' : 'store'),
      size: () => 7,
    },
  )
}

function of(name: string): StorePath {
  return recipePath(name, 1)
}

function info(name: string, references: readonly string[]): PathInfo {
  return { path: of(name), narHash: digestOf(name), narSize: 1, references: references.map(of), signatures: [] }
}

function edgesOf(closure: Closure): Edges {
  return Object.fromEntries(
    [...closure.edges]
      .map(([from, to]) => [namePart(from), to.map(namePart)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
