import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { addText, storeContract } from '../../test/contract/store.contract.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { lines } from '../../test/support/trees.ts'
import { gather } from '../base/bytes.ts'
import { writeNar } from '../format/nar/write.ts'
import { writeTar } from '../format/tar/write.ts'
import { directory, executable, file, memoryTree, symlink } from '../tree/memory.ts'
import { treeOf } from '../tree/tree.ts'
import { collectGarbage } from './collect.ts'
import { openReader, openStoreToRead } from './disk-reader.ts'
import { openStore } from './disk-store.ts'
import { flatContent } from './flat-content.ts'
import { layoutOf } from './layout.ts'
import { recipePath } from './store-path.ts'

const tarForm = { names: 'relative', end: 'blocks' } as const
const folder = temporaryFolder()
let count = 0
const newRoot = (): string => join(folder, `store-${count++}`)

storeContract('a store on disk', () => openStore(newRoot()))

test('store: objects have the modes and times of a Nix store, whatever the umask', async () => {
  const root = newRoot()
  const before = process.umask(0o077)
  try {
    await using store = await openStore(root)
    const path = recipePath('modes', 1)
    const tree = memoryTree({ 'd/x': executable('x'), f: file('f', { mode: 0o640 }), l: symlink('f'), e: directory() })
    await store.add(path, tree, { candidates: [] })
    const top = store.physical(path)
    for (const [name, mode] of Object.entries({ '': 0o555, d: 0o555, 'd/x': 0o555, f: 0o444, e: 0o555 }))
      assert.equal(lstatSync(join(top, name)).mode & 0o7777, mode, name)
    for (const name of ['', 'd', 'd/x', 'f', 'l', 'e']) assert.equal(lstatSync(join(top, name)).mtimeMs, 1000, name)
  } finally {
    process.umask(before)
  }
})

test('store: nothing is left in the temporary directory, after success and after failure', async () => {
  const root = newRoot()
  const store = await openStore(root)
  await addText(store, 'fine')
  const broken = { size: 9, candidates: [] }
  await assert.rejects(store.addFile(recipePath('broken', 1), [Buffer.from('short')], broken))
  const clash = memoryTree({ a: file('x') })
  const twice = treeOf([...clash.entries(), ...clash.entries()])
  await assert.rejects(store.add(recipePath('twice', 1), twice, { candidates: [] }))
  for (const finish of [true, false]) {
    using blob = store.blobs.create()
    blob.write(Buffer.from('blob'))
    if (finish) await blob.commit([])
  }
  const { temporary } = layoutOf(root)
  const [own = '', ...others] = readdirSync(temporary)
  assert.deepEqual([readdirSync(join(temporary, own)), others], [['lock'], []])
  await store[Symbol.asyncDispose]()
  assert.deepEqual(readdirSync(temporary), [])
})

test('store: an unregistered object is made again', async () => {
  const root = newRoot()
  await using store = await openStore(root)
  const path = recipePath('left', 1)
  mkdirSync(join(store.physical(path), 'half'), { recursive: true })
  chmodSync(store.physical(path), 0o555)
  assert.equal(store.info(path), undefined)
  await store.addFile(path, [Buffer.from('whole')], { candidates: [] })
  assert.ok(lstatSync(store.physical(path)).isFile())
})

test('store: a registered object that is missing on disk is an error with a remedy', async () => {
  await using store = await openStore(newRoot())
  const { path } = await addText(store, 'gone')
  rmSync(store.physical(path))
  assert.throws(() => store.info(path), { code: 'store.object-missing' })
})

test('store: a registered file that became shorter is an error, and is made again after its removal', async () => {
  const root = newRoot()
  const path = recipePath('short', 1)
  for (const executable of [false, true]) {
    {
      await using store = await openStore(root)
      await store.addFile(path, [Buffer.from('the whole file')], { candidates: [], executable })
      assert.equal(store.info(path)?.path, path)
      chmodSync(store.physical(path), 0o644)
      truncateSync(store.physical(path), 3)
      assert.throws(() => store.info(path), {
        code: 'store.object-missing',
        message: /has 3 bytes.*Remove it, run `slipway gc`/,
      })
      rmSync(store.physical(path))
    }
    await collectGarbage(root, { now: 0 })
  }
})

test('store: a package that is missing or not unpacked cannot be laid out', async () => {
  await using store = await openStore(newRoot())
  const { path } = await addText(store, 'package')
  assert.throws(() => store.laidOut(path, 'unpacked:x-1'), { code: 'store.not-unpacked' })
  assert.throws(() => store.packedSize(recipePath('absent', 1), 'unpacked:x-1'), { code: 'store.not-unpacked' })
})

test('store: a layer file is laid out as its entries and packed unchanged', async () => {
  await using store = await openStore(newRoot())
  const archive = Buffer.concat([...writeTar(memoryTree({ 'etc/motd': file('hello') }).entries(), tarForm)])
  const { path } = await store.addFile(recipePath('layer', 1), [archive], { candidates: [] })
  assert.deepEqual(
    [...store.laidOut(path, 'layer').entries()].map((entry) => entry.path),
    ['etc', 'etc/motd'],
  )
  assert.equal(store.packedSize(path, 'layer'), archive.length)
  assert.deepEqual(Buffer.from(gather(flatContent(path, store).open())), archive)
})

test('store: a reader needs only the root and sees later additions', async () => {
  const root = newRoot()
  await using store = await openStore(root)
  using reader = openReader(root)
  const { path } = await addText(store, 'later')
  assert.deepEqual(reader.info(path), store.info(path))
})

test('store: a missing store cannot be read', () => {
  assert.throws(() => openReader(newRoot()), { code: 'store.absent' })
})

test('store: a reader remembers results', async () => {
  const root = newRoot()
  {
    await using store = await openStore(root)
    await addText(store, 'one')
    store.memory.rememberFact('kind', 'key', 'value')
  }
  await using store = await openStoreToRead(root)
  assert.ok(store.info(recipePath('one', 'text')))
  assert.equal(store.memory.fact('kind', 'key'), 'value')
  store.memory.rememberFact('kind', 'key', 'other')
  assert.equal(store.memory.fact('kind', 'key'), 'other')
})

test('store: an unusable location is an error', async () => {
  const root = newRoot()
  writeFileSync(root, 'a file')
  await assert.rejects(openStore(join(root, 'below')), { code: 'store.unwritable' })
})

test('result link: keeps its object by a logical root, and is replaced by the next build', async () => {
  const root = newRoot()
  await using store = await openStore(root)
  const [one, two] = [await addText(store, 'one'), await addText(store, 'two')]
  const link = join(folder, `result-${count}`)
  await store.keep(link, one.path)
  await store.keep(link, two.path)
  assert.equal(readlinkSync(link), store.physical(two.path))
  const roots = readdirSync(layoutOf(root).roots)
  assert.deepEqual(
    roots.map((key) => readlinkSync(join(layoutOf(root).roots, key))),
    [`/nix/store/${two.path}`],
  )
})

test('result link: replaces nothing but a link, and needs its directory', async () => {
  await using store = await openStore(newRoot())
  const { path } = await addText(store, 'kept')
  const occupied = join(folder, `occupied-${count}`)
  writeFileSync(occupied, 'precious')
  await assert.rejects(store.keep(occupied, path), { code: 'result.unwritable' })
  await assert.rejects(store.keep(join(folder, 'absent', 'result'), path), { code: 'result.unwritable' })
  const dangling = join(folder, `dangling-${count}`)
  symlinkSync('/nowhere', dangling)
  await store.keep(dangling, path)
  assert.ok(existsSync(dangling))
})

test('store: files equal to those of a similar object share them; all others are written', async () => {
  await using store = await openStore(newRoot())
  const outside = join(newRoot(), 'outside')
  mkdirSync(outside, { recursive: true })
  writeFileSync(join(outside, 'x'), 'outside', { mode: 0o444 })
  const similar = recipePath('before', 1)
  const before = {
    'd/equal': file('equal'),
    changed: file('one'),
    longer: file('one'),
    mode: file('mode'),
    kind: symlink('d/equal'),
    way: symlink(outside),
    big: file('b'.repeat(3_000_000)),
  }
  await store.add(similar, memoryTree(before), { candidates: [] })
  const after = memoryTree({
    ...{ 'd/equal': file('equal'), changed: file('two'), longer: file('one more'), mode: executable('mode') },
    ...{ kind: file('equal'), 'way/x': file('outside'), big: file('b'.repeat(3_000_000)), new: file('new') },
  })
  const path = recipePath('after', 1)
  const { narHash } = await store.add(path, after, { candidates: [], similar })
  const inode = (object: typeof path, name: string): number => lstatSync(join(store.physical(object), name)).ino
  for (const name of ['d/equal', 'big']) assert.equal(inode(path, name), inode(similar, name), name)
  for (const name of ['changed', 'longer', 'mode', 'kind'])
    assert.notEqual(inode(path, name), inode(similar, name), name)
  assert.equal(lstatSync(join(outside, 'x')).nlink, 1)
  const alone = recipePath('alone', 1)
  assert.equal((await store.add(alone, after, { candidates: [] })).narHash, narHash)
  assert.deepEqual(lines(store.tree(path)), lines(store.tree(alone)))
  assert.equal(gather(writeNar(store.tree(path))).length, gather(writeNar(after)).length)
})

test('store: an object that is similar to one deleted by hand is written as any other', async () => {
  await using store = await openStore(newRoot())
  const [deleted, path] = [recipePath('deleted', 1), recipePath('after', 1)]
  await store.add(deleted, memoryTree({ a: file('a') }), { candidates: [] })
  chmodSync(store.physical(deleted), 0o755)
  rmSync(store.physical(deleted), { recursive: true })
  await store.add(path, memoryTree({ a: file('a') }), { candidates: [], similar: deleted })
  assert.deepEqual(readdirSync(store.physical(path)), ['a'])
})

test('store: an object that is similar to one that is gone, or to itself, is written as any other', async () => {
  await using store = await openStore(newRoot())
  const path = recipePath('whole', 1)
  await store.add(path, memoryTree({ a: file('a') }), { candidates: [], similar: recipePath('gone', 1) })
  await store.add(path, memoryTree({ a: file('a') }), { candidates: [], similar: path })
  assert.deepEqual(readdirSync(store.physical(path)), ['a'])
})
