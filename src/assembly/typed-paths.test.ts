import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '../base/digest.ts'
import { without } from '../store/closure.ts'
import type { Closure, ClosureNode } from '../store/store.ts'
import { logical, recipePath, type StorePath } from '../store/store-path.ts'
import { checkTypedPaths } from './typed-paths.ts'

const [a, b, c] = ['a', 'b', 'c'].map((name) => recipePath(name, 'test'))

function node(path: StorePath): ClosureNode {
  return { info: { path, narHash: digestOf(path), narSize: 1, references: [], signatures: [] }, as: 'store', size: 1 }
}

test('closure: nodes that are left out vanish from roots and edges too', () => {
  assert.ok(a !== undefined && b !== undefined && c !== undefined)
  const closure: Closure = {
    roots: [a, b],
    nodes: new Map([a, b, c].map((path) => [path, node(path)])),
    edges: new Map([
      [a, [b, c]],
      [b, [c]],
      [c, []],
    ]),
  }
  const left = without(closure, (path) => path === b)
  assert.deepEqual(
    [left.roots, [...left.nodes.keys()], [...left.edges]],
    [
      [a],
      [a, c],
      [
        [a, [c]],
        [c, []],
      ],
    ],
  )
})

test('typed paths: those that the image has are fine, also inside a sentence; others are named with their place', () => {
  assert.ok(a !== undefined && b !== undefined)
  const known = new Set([a])
  checkTypedPaths(
    { Cmd: [`${logical(a)}/bin/x`], Env: [`TEXT=see ${logical(a)}.`], Labels: { [logical(a)]: '' } },
    known,
  )
  const places: readonly (readonly [unknown, string])[] = [
    [{ Cmd: ['x', logical(b)] }, 'config.Cmd[1]'],
    [{ Labels: { one: `x:${logical(b)}/y` } }, 'config.Labels.one'],
    [{ Volumes: { [logical(b)]: {} } }, 'a key of config.Volumes'],
  ]
  for (const [config, place] of places)
    assert.throws(() => checkTypedPaths(config, known), {
      code: 'store-path.unknown',
      detail: { place, path: expectedPath() },
    })

  function expectedPath(): string {
    return b === undefined ? '' : logical(b)
  }
})
