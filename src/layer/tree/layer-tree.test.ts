import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { treeStore } from '../../../test/support/tree-store.ts'
import { gather } from '../../base/bytes.ts'
import { readPieces } from '../../format/tar/write.ts'
import { recipePath } from '../../store/store-path.ts'
import { directory, executable, file, memoryTree, symlink } from '../../tree/memory.ts'
import type { Tree } from '../../tree/tree.ts'
import { layerForm, layerPieces, layerSize } from '../bytes/layer-pieces.ts'
import type { LayerRecipe } from '../layer.ts'
import type { MemberOptions } from '../member-options.ts'
import { layerTree } from './layer-tree.ts'

const store = treeStore(
  {
    hello: {
      as: 'store',
      tree: memoryTree({ '': directory({ mode: 0o555 }), 'bin/hello': executable('#!', { mode: 0o555 }) }),
    },
    text: { as: 'store', tree: memoryTree({ '': file('hi', { mode: 0o444 }) }) },
    libc6: {
      as: 'unpacked:deb-1',
      tree: memoryTree({
        'usr/lib/libc.so.6': file('elf'),
        'usr/share/doc/libc6/changelog.gz': file('news'),
        'usr/share/doc/libc6/copyright': file('GPL'),
        'usr/share/man/de/man1/ldd.1.gz': file('man'),
        'var/lib/dpkg/status.d/libc6': file('Package: libc6'),
      }),
    },
    programs: {
      as: 'unpacked:deb-1',
      tree: memoryTree({ 'bin/hello': file('#!') }),
    },
    mail: {
      as: 'unpacked:deb-1',
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

test('layer tree: store objects are below nix/store in the order of the recipe, with absolute names', () => {
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

test('layer tree: an outline represents an object in default layers only', () => {
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
  assert.ok(!usesOutline({ ...recipe, members: [member, { ...member, options: { without: ['x'] } }] }))
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

test('layer tree: copying a single default package equals writing its entries', () => {
  const recipe = store.recipe(['libc6'])
  const [copied] = layerPieces(store, recipe)
  assert.ok(copied !== undefined && 'at' in copied)
  // An empty adjustment forces the path through the entries.
  const written = bytesOf({
    ...recipe,
    adjustments: { 'no/such': { mode: 0, uid: 0, gid: 0, uname: '', gname: '', mtime: 0, xattrs: {} } },
  })
  assert.deepEqual(bytesOf(recipe), written)
  assert.equal(layerSize(store, recipe), written.length)
})

/** The same recipe with options for all of its members. */
function having(recipe: LayerRecipe, options: MemberOptions): LayerRecipe {
  return { ...recipe, members: recipe.members.map((member) => ({ ...member, options })) }
}

test('layer tree: options of a layer or a package force the path through the entries', () => {
  const plain = store.recipe(['libc6'])
  const changed = [
    store.recipe(['libc6'], { mtime: 9 }),
    having(plain, { without: ['usr/share/man'] }),
    having(plain, { at: ['opt'] }),
    having(plain, { owner: { uid: 1, gid: 2, uname: 'a', gname: 'b' } }),
    having(plain, { mode: 0o600 }),
    having(plain, { mtime: 5 }),
    having(plain, { links: { 'bin/x': '../usr/lib/x' } }),
    having(plain, { executable: ['usr/lib/libc.so.6'] }),
    having(plain, { moved: { 'usr/lib/libc.so.6': 'opt/libc.so.6' } }),
  ]
  for (const recipe of changed) {
    assert.notDeepEqual(bytesOf(recipe), bytesOf(store.recipe(['libc6'])))
    assert.equal(layerSize(store, recipe), bytesOf(recipe).length)
  }
})

test('layer tree: an excluded path takes everything below it along, but not its siblings', () => {
  const without = ['usr/share/doc/libc6/changelog.gz', 'usr/share/man', 'var/lib/dpkg/status.d']
  assert.deepEqual(names(layerTree(store, having(store.recipe(['libc6']), { without }))).slice(3), [
    ...['usr/share', 'usr/share/doc', 'usr/share/doc/libc6', 'usr/share/doc/libc6/copyright'],
    ...['var', 'var/lib', 'var/lib/dpkg'],
  ])
})

test('layer tree: a member in several directories has a copy in each, and its paths are the image’s', () => {
  const options: MemberOptions = {
    at: ['srv/a', 'srv/b'],
    owner: { uid: 1000, gid: 1000, uname: 'jane', gname: '' },
    mode: 0o640,
    executable: ['srv/b/bin/hello'],
    links: { 'srv/bin/hello': '../b/bin/hello' },
    without: ['srv/a/bin'],
  }
  for (const name of ['hello', 'programs']) {
    const found = [...layerTree(store, having(store.recipe([name]), options)).entries()]
    const shown = found.map((entry) => ('metadata' in entry ? `${entry.path} ${entry.metadata.mode.toString(8)}` : ''))
    assert.deepEqual(shown, [
      ...['srv 755', 'srv/a 750', 'srv/b 750', 'srv/b/bin 750', 'srv/b/bin/hello 750'],
      ...['srv/bin 755', 'srv/bin/hello 777'],
    ])
    const hello = found.find(({ path }) => path === 'srv/b/bin/hello')
    assert.ok(hello?.kind === 'file' && hello.metadata.uid === 1000 && hello.metadata.uname === 'jane')
  }
})

test('layer tree: a store object rooted at "/" has writable directories', () => {
  const recipe = having(store.recipe(['hello']), { at: [''] })
  assert.deepEqual(names(layerTree(store, recipe)), ['bin', 'bin/hello'])
  assert.equal(layerForm(recipe).names, 'relative')
})

test('layer tree: a file that another package replaces is excluded from one member only', () => {
  const { members, ...recipe } = store.recipe(['libc6', 'mail'])
  const dropping = members.map((member) =>
    member.path === recipePath('libc6', 'libc6') ? { ...member, options: { without: ['usr/lib/libc.so.6'] } } : member,
  )
  const found = names(layerTree(store, { ...recipe, members: dropping }))
  assert.ok(!found.includes('usr/lib/libc.so.6'))
  assert.ok(found.includes('usr/lib/mail'))
  const [first] = dropping
  assert.ok(first !== undefined)
  assert.notDeepEqual(bytesOf({ ...recipe, members: [first] }), bytesOf(store.recipe(['libc6'])))
})

test('layer tree: a diverted file moves, in order and with its directories', () => {
  const diverted = having(store.recipe(['libc6']), { moved: { 'usr/lib/libc.so.6': 'opt/old/libc.so.6' } })
  const found = names(layerTree(store, diverted))
  assert.deepEqual(found.slice(0, 4), ['opt', 'opt/old', 'opt/old/libc.so.6', 'usr'])
  assert.ok(!found.includes('usr/lib/libc.so.6'))
  assert.equal(bytesOf(diverted).length, layerSize(store, diverted))
})

test('layer tree: of a path that two members have, the later one wins', () => {
  for (const order of [
    ['own', 'other'],
    ['other', 'own'],
  ]) {
    const motd = [...layerTree(store, store.recipe(order)).entries()].find(({ path }) => path === 'etc/motd')
    assert.ok(motd?.kind === 'file')
    assert.equal(motd.metadata.mtime, order[1] === 'own' ? 77 : 78)
  }
})

test('layer tree: in a merged layer a directory has the metadata of the member that sets it', () => {
  const recipe = store.recipe(['mail', 'libc6'])
  const mail = [...layerTree(store, recipe).entries()].find(({ path }) => path === 'var/mail')
  assert.ok(mail?.kind === 'directory')
  assert.equal(mail.metadata.mode, 0o2775)
})

test('layer tree: an adjustment changes metadata but no content', () => {
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
