import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TreeObject, treeStore } from '../../test/support/tree-store.ts'
import { digestOf } from '../base/digest.ts'
import { debianUse } from '../debian/image/use.ts'
import type { Resolution } from '../debian/lock/resolution.ts'
import { checkDebianOptions } from '../debian/options.ts'
import type { Whole } from '../source/ecosystem.ts'
import type { StoreReader } from '../store/store.ts'
import { recipePath } from '../store/store-path.ts'
import { directory, file, memoryTree } from '../tree/memory.ts'
import type { Tree } from '../tree/tree.ts'
import { settled, settledInOneLayer } from './collisions.ts'
import { type Members, membersOf } from './parts.ts'

interface Fake {
  readonly files: Readonly<Record<string, string>>
  readonly control?: string
  readonly preinst?: string
}

const resolution: Resolution = {
  ...{ key: 'debian bookworm amd64', file: '', architecture: 'amd64', indexes: [], roots: [], implied: [] },
  options: checkDebianOptions({ suite: 'bookworm' }, '/'),
  ids: { users: new Map(), groups: new Map() },
  packages: new Map(),
  recipe: () => assert.fail(),
  dataRecipe: () => assert.fail(),
}
const uses = [{ kind: 'debian', use: debianUse(resolution) }]

/** An image of packages that hold these files and say this. */
function withPackages(packages: Readonly<Record<string, Fake>>): Whole {
  const objects = Object.entries(packages).map(([name, { files }]): readonly [string, TreeObject] => [
    name,
    {
      as: 'unpacked:deb-1',
      tree: memoryTree(Object.fromEntries(Object.entries(files).map(([at, text]) => [at, file(text)]))),
    },
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
  const nodes = new Map(paths.map((path) => [path, { info: info(path), as: 'unpacked:deb-1', size: 1 } as const]))
  const closure = { roots: paths, nodes, edges: new Map(paths.map((path) => [path, []])) }
  return { image: 'image', store, closure, named: new Set(), base: undefined, gone: [] }
}

/** What each package leaves out or has elsewhere. */
function changes(members: Members): readonly unknown[] {
  return [...members.values()].flatMap(({ path, options }) => (options === undefined ? [] : [[path, options]]))
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
    const whole = withPackages(Object.fromEntries(names.map((name) => [name, all[name] ?? { files: {} }])))
    const found = settled(membersOf(whole, uses), whole, uses)
    assert.deepEqual(changes(found), [[recipePath('old', 'old'), { without: ['usr/bin/x'] }]])
  }
})

test('conflicts: the package that diverts a file wins, and the other has it where it was diverted to', () => {
  const whole = withPackages({
    dash: { files: { 'usr/bin/sh': 'dash' } },
    other: {
      files: { 'usr/bin/sh': 'other' },
      preinst: '#!/bin/sh\ndpkg-divert --package other --add --rename --divert /bin/sh.distrib /bin/sh\n',
    },
  })
  assert.deepEqual(changes(settled(membersOf(whole, uses), whole, uses)), [
    [recipePath('dash', 'dash'), { moved: { 'usr/bin/sh': 'usr/bin/sh.distrib' } }],
  ])
})

test('conflicts: without either, different files are an error that names both; equal ones are none', () => {
  const different = withPackages({ a: { files: { x: '1' } }, b: { files: { x: '2' } } })
  assert.throws(() => settled(membersOf(different, uses), different, uses), {
    code: 'merge.conflict',
    message: /a .*b /s,
  })
  const equal = withPackages({ a: { files: { x: '1' } }, b: { files: { x: '1' } } })
  assert.doesNotThrow(() => settled(membersOf(equal, uses), equal, uses))
})

test('conflicts: in one layer a package drops what the image itself has, and what commands removed', () => {
  const whole = withPackages({ a: { files: { 'etc/motd': 'a', 'usr/bin/a': 'a', 'usr/bin/b': 'b' } } })
  const own = memoryTree({ 'etc/motd': file('own') })
  const dropped = (root: Tree | undefined): unknown => {
    const [found] = settledInOneLayer([[...membersOf(whole, uses).values()]], { own, root }, whole.store)
    return found?.options?.without
  }
  assert.deepEqual(dropped(undefined), ['etc/motd'])
  assert.deepEqual(
    dropped(memoryTree({ etc: directory(), 'etc/motd': file('own'), usr: directory(), 'usr/bin': file('x') })),
    ['etc/motd', 'usr/bin', 'usr/bin/a', 'usr/bin/b'],
  )
})
