import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TreeObject, treeStore } from '../../test/support/tree-store.ts'
import { digestOf } from '../base/digest.ts'
import type { Closure, StoreReader } from '../store/store.ts'
import { recipePath } from '../store/store-path.ts'
import { file, memoryTree } from '../tree/memory.ts'
import { displacedInOneLayer, displacedPaths } from './package-conflicts.ts'

interface Fake {
  readonly files: Readonly<Record<string, string>>
  readonly control?: string
  readonly preinst?: string
}

/** A store of packages that hold these files and say this, and the closure of all of them. */
function withPackages(packages: Readonly<Record<string, Fake>>): {
  readonly store: StoreReader
  readonly closure: Closure
} {
  const objects = Object.entries(packages).map(([name, { files }]): readonly [string, TreeObject] => [
    name,
    { as: 'deb', tree: memoryTree(Object.fromEntries(Object.entries(files).map(([at, text]) => [at, file(text)]))) },
  ])
  const said = new Map(
    Object.entries(packages).map(([name, { control = '', preinst = '' }]) => [
      recipePath(name, name),
      new Map([
        ['control', Buffer.from(`Package: ${name}\nVersion: 1\nArchitecture: all\n${control}`)],
        ['preinst', Buffer.from(preinst)],
      ]),
    ]),
  )
  const store = {
    ...treeStore(Object.fromEntries(objects), ''),
    control: (path: Parameters<StoreReader['control']>[0]) => said.get(path) ?? new Map(),
  }
  const paths = [...said.keys()]
  const info = (path: (typeof paths)[number]) => ({
    path,
    narHash: digestOf(path),
    narSize: 1,
    references: [],
    signatures: [],
  })
  const nodes = new Map(paths.map((path) => [path, { info: info(path), as: 'deb', size: 1 } as const]))
  return { store, closure: { roots: paths, nodes, edges: new Map(paths.map((path) => [path, []])) } }
}

test('conflicts: the package that replaces another one wins, in either order', () => {
  for (const names of [
    ['old', 'new'],
    ['new', 'old'],
  ]) {
    const all: Readonly<Record<string, Fake>> = {
      old: { files: { 'usr/bin/x': 'old', 'usr/bin/y': 'old' } },
      new: { files: { 'usr/bin/x': 'new' }, control: 'Replaces: old (<< 2)\n' },
    }
    const { store, closure } = withPackages(Object.fromEntries(names.map((name) => [name, all[name] ?? { files: {} }])))
    assert.deepEqual([...displacedPaths(closure, store)], [[recipePath('old', 'old'), { dropped: ['usr/bin/x'] }]])
  }
})

test('conflicts: the package that diverts a file wins, and the other has it where it was diverted to', () => {
  const { store, closure } = withPackages({
    dash: { files: { 'usr/bin/sh': 'dash' } },
    other: {
      files: { 'usr/bin/sh': 'other' },
      preinst: '#!/bin/sh\ndpkg-divert --package other --add --rename --divert /bin/sh.distrib /bin/sh\n',
    },
  })
  assert.deepEqual(
    [...displacedPaths(closure, store)],
    [[recipePath('dash', 'dash'), { moved: { 'usr/bin/sh': 'usr/bin/sh.distrib' } }]],
  )
})

test('conflicts: without either, different files are an error that names both; equal ones are none', () => {
  const different = withPackages({ a: { files: { x: '1' } }, b: { files: { x: '2' } } })
  assert.throws(() => displacedPaths(different.closure, different.store), {
    code: 'merge.conflict',
    message: /a .*b /s,
  })
  const equal = withPackages({ a: { files: { x: '1' } }, b: { files: { x: '1' } } })
  assert.doesNotThrow(() => displacedPaths(equal.closure, equal.store))
})

test('conflicts: in one layer a package drops what the image itself has', () => {
  const { store, closure } = withPackages({ a: { files: { 'etc/motd': 'a', 'usr/bin/a': 'a' } } })
  const own = memoryTree({ 'etc/motd': file('own') })
  assert.deepEqual([...displacedInOneLayer(closure, own, store)], [[recipePath('a', 'a'), { dropped: ['etc/motd'] }]])
})
