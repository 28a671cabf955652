import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { treeStore } from '../../test/support/tree-store.ts'
import { gather } from '../base/bytes.ts'
import { readPieces } from '../format/tar/write.ts'
import { recipePath } from '../store/store-path.ts'
import { directory, executable, file, memoryTree, symlink } from '../tree/memory.ts'
import type { Tree } from '../tree/tree.ts'
import type { LayerRecipe } from './layer.ts'
import { layerForm, layerPieces, layerSize, layerTree } from './layer-tree.ts'

const store = treeStore(
  {
    hello: {
      as: 'store',
      tree: memoryTree({ '': directory({ mode: 0o555 }), 'bin/hello': executable('#!', { mode: 0o555 }) }),
    },
    text: { as: 'store', tree: memoryTree({ '': file('hi', { mode: 0o444 }) }) },
    libc6: {
      as: 'deb',
      tree: memoryTree({
        'usr/lib/libc.so.6': file('elf'),
        'usr/share/doc/libc6/changelog.gz': file('news'),
        'usr/share/doc/libc6/copyright': file('GPL'),
        'usr/share/man/de/man1/ldd.1.gz': file('man'),
        'var/lib/dpkg/status.d/libc6': file('Package: libc6'),
      }),
    },
    mail: {
      as: 'deb',
      tree: memoryTree({ 'usr/lib/mail': symlink('x'), 'var/mail': directory({ mode: 0o2775, gid: 8 }) }),
    },
    other: { as: 'layer', tree: memoryTree({ 'etc/motd': file('other', { mtime: 78 }) }) },
    own: { as: 'layer', tree: memoryTree({ 'etc/motd': file('welcome', { mtime: 77 }) }) },
  },
  temporaryFolder(),
)

function names(tree: Tree): string[] {
  return [...tree.entries()].map(({ path }) => path)
}

function bytesOf(recipe: LayerRecipe): Uint8Array {
  return gather(readPieces(layerPieces(store, recipe)))
}

test('layer tree: store objects stand below nix/store in the order of the recipe, with absolute names', () => {
  const recipe = store.recipe(['text', 'hello'], { mtime: 5, uid: 7, uname: 'me' })
  const at = (name: string): string => `nix/store/${recipePath(name, name)}`
  const expected = ['nix', 'nix/store', at('text'), at('hello'), `${at('hello')}/bin`, `${at('hello')}/bin/hello`]
  assert.deepEqual(names(layerTree(store, recipe)), expected)
  assert.equal(layerForm(recipe).names, 'absolute')
  for (const entry of layerTree(store, recipe).entries()) {
    assert.ok('metadata' in entry)
    const { mtime, uid, uname, gname } = entry.metadata
    assert.deepEqual({ mtime, uid, uname, gname }, { mtime: 5, uid: 7, uname: 'me', gname: 'root' })
  }
})

test('layer tree: an outline stands for an object in default layers only', () => {
  const outlined: typeof store = {
    ...store,
    outline: () => ({ size: 512, pieces: () => [Buffer.alloc(512, 'outline')] }),
  }
  const usesOutline = (recipe: LayerRecipe): boolean =>
    Buffer.from(gather(readPieces(layerPieces(outlined, recipe)))).includes('outline')
  const recipe = store.recipe(['hello', 'hello'])
  const [member] = recipe.members
  assert.ok(member !== undefined)
  assert.ok(usesOutline(recipe))
  for (const options of [{ uid: 1 }, { gid: 1 }, { uname: 'x' }, { gname: 'x' }, { mtime: 2 }])
    assert.ok(!usesOutline(store.recipe(['hello', 'hello'], options)), JSON.stringify(options))
  assert.ok(!usesOutline({ ...recipe, members: [member, { ...member, dropped: ['x'] }] }))
  assert.ok(!usesOutline(store.recipe(['hello', 'libc6'])))
})

test('layer tree: a layer of mixed members is one canonical tree with relative names', () => {
  const recipe = store.recipe(['own', 'libc6', 'text'])
  const found = names(layerTree(store, recipe))
  assert.deepEqual(found.slice(0, 3), ['etc', 'etc/motd', 'nix'])
  assert.equal(found.at(-1), 'var/lib/dpkg/status.d/libc6')
  assert.equal(layerForm(recipe).names, 'relative')
})

test('layer tree: a single layer file is its own bytes', () => {
  const recipe = store.recipe(['own'])
  const bytes = bytesOf(recipe)
  assert.deepEqual(bytes, readFileSync(store.physical(recipePath('own', 'own'))))
  assert.equal(layerSize(store, recipe), bytes.length)
})

test('layer tree: the copy of a single default package is what writing its entries gives', () => {
  const recipe = store.recipe(['libc6'])
  const [copied] = layerPieces(store, recipe)
  assert.ok(copied !== undefined && 'at' in copied)
  // An adjustment of nothing takes the way through the entries.
  const written = bytesOf({
    ...recipe,
    adjustments: { 'no/such': { mode: 0, uid: 0, gid: 0, uname: '', gname: '', mtime: 0, xattrs: {} } },
  })
  assert.deepEqual(bytesOf(recipe), written)
  assert.equal(layerSize(store, recipe), written.length)
})

test('layer tree: options of a package take the way through the entries', () => {
  for (const options of [{ mtime: 9 }, { records: 'none' }, { exclude: ['doc'] }] as const) {
    const recipe = store.recipe(['libc6'], options)
    assert.notDeepEqual(bytesOf(recipe), bytesOf(store.recipe(['libc6'])))
    assert.equal(layerSize(store, recipe), bytesOf(recipe).length)
  }
})

test('layer tree: records and documentation are left out, copyright stays', () => {
  const without = names(layerTree(store, store.recipe(['libc6'], { records: 'none', exclude: ['doc', 'man'] })))
  assert.ok(!without.some((name) => name.startsWith('var/lib/dpkg/status.d')))
  assert.ok(!without.includes('usr/share/doc/libc6/changelog.gz'))
  assert.ok(!without.includes('usr/share/man/de'))
  assert.ok(without.includes('usr/share/doc/libc6/copyright'))
})

test('layer tree: what another package takes is dropped from one member alone', () => {
  const { members, ...recipe } = store.recipe(['libc6', 'mail'])
  const dropping = members.map((member) =>
    member.path === recipePath('libc6', 'libc6') ? { ...member, dropped: ['usr/lib/libc.so.6'] } : member,
  )
  const found = names(layerTree(store, { ...recipe, members: dropping }))
  assert.ok(!found.includes('usr/lib/libc.so.6'))
  assert.ok(found.includes('usr/lib/mail'))
  const [first] = dropping
  assert.ok(first !== undefined)
  assert.notDeepEqual(bytesOf({ ...recipe, members: [first] }), bytesOf(store.recipe(['libc6'])))
})

test('layer tree: what another package diverts stands elsewhere, in order and with its folders', () => {
  const { members, ...recipe } = store.recipe(['libc6'])
  const moved = { 'usr/lib/libc.so.6': 'opt/old/libc.so.6' }
  const diverted = { ...recipe, members: members.map((member) => ({ ...member, moved })) }
  const found = names(layerTree(store, diverted))
  assert.deepEqual(found.slice(0, 4), ['opt', 'opt/old', 'opt/old/libc.so.6', 'usr'])
  assert.ok(!found.includes('usr/lib/libc.so.6'))
  assert.equal(bytesOf(diverted).length, layerSize(store, diverted))
})

test('layer tree: of a path that two members have the later one stays', () => {
  for (const order of [
    ['own', 'other'],
    ['other', 'own'],
  ]) {
    const motd = [...layerTree(store, store.recipe(order)).entries()].find(({ path }) => path === 'etc/motd')
    assert.ok(motd?.kind === 'file')
    assert.equal(motd.metadata.mtime, order[1] === 'own' ? 77 : 78)
  }
})

test('layer tree: in a merged layer a directory is as the member says that sets it', () => {
  const recipe = store.recipe(['mail', 'libc6'])
  const mail = [...layerTree(store, recipe).entries()].find(({ path }) => path === 'var/mail')
  assert.ok(mail?.kind === 'directory')
  assert.equal(mail.metadata.mode, 0o2775)
})

test('layer tree: an adjustment changes metadata and no content', () => {
  const recipe = store.recipe(['own'])
  const xattrs = { 'user.note': Buffer.from('x').toString('base64') }
  const adjusted = {
    ...recipe,
    adjustments: { etc: { mode: 0o700, uid: 1, gid: 2, uname: 'a', gname: 'b', mtime: 3, xattrs } },
  }
  const [etc, motd] = [...layerTree(store, adjusted).entries()]
  assert.ok(etc?.kind === 'directory' && motd?.kind === 'file')
  assert.deepEqual([etc.metadata.mode, etc.metadata.uid, etc.metadata.mtime], [0o700, 1, 3])
  assert.deepEqual([...etc.metadata.xattrs], [['user.note', Buffer.from('x')]])
  assert.equal(motd.metadata.mtime, 77)
  assert.equal(join('/', etc.path), '/etc')
})
