/** Contract of every store with the rooms above, as tests for any kind of store. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { gather } from '../../src/base/bytes.ts'
import { digestOf, digestOfAll } from '../../src/base/digest.ts'
import { narSize, writeNar } from '../../src/format/nar/write.ts'
import type { PathInfo, Store } from '../../src/store/store.ts'
import { contentAddress, fixedPath, logical, recipePath, sourcePath } from '../../src/store/store-path.ts'
import { directory, executable, file, memoryTree, symlink } from '../../src/tree/memory.ts'
import type { Tree } from '../../src/tree/tree.ts'

/** Declares the tests; each gets an empty store, which it closes. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  const sample = memoryTree({
    'bin/run': executable('#!/bin/sh\n'),
    empty: directory(),
    'share/text': file('text\n', { mode: 0o600, mtime: 99 }),
    'share/link': symlink('../bin/run'),
  })

  test(`${name}: an added tree can be read back as its NAR`, async () => {
    await using store = await open()
    const info = await addSource(store, 'sample', sample)
    assert.deepEqual(store.info(info.path), info)
    assert.equal(info.narSize, narSize(sample))
    assert.equal(info.narHash, digestOfAll(writeNar(sample)))
    assert.deepEqual(gather(writeNar(store.tree(info.path))), gather(writeNar(sample)))
    const modes = [...store.tree(info.path).entries()].map((entry) => 'metadata' in entry && entry.metadata.mode)
    assert.deepEqual(new Set(modes), new Set([0o555, 0o444, 0o777]))
  })

  test(`${name}: a missing object is undefined, an existing one has its own kind`, async () => {
    await using store = await open()
    const path = recipePath('absent', 0)
    assert.equal(store.info(path), undefined)
    await store.addFile(path, [Buffer.from('bytes')], { candidates: [], executable: true })
    const [entry, ...more] = [...store.tree(path).entries()]
    assert.deepEqual(more, [])
    assert.ok(entry?.kind === 'file' && entry.path === '' && entry.metadata.mode === 0o555)
  })

  test(`${name}: references are the candidates whose hash occurs, also in names and link targets`, async () => {
    await using store = await open()
    const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((each) => addText(store, each)))
    assert.ok(a && b && c && d)
    const tree = memoryTree({
      text: file(`see ${logical(a.path)}/x`),
      link: symlink(logical(b.path)),
      [c.path.slice(0, 32)]: directory(),
    })
    const candidates = [d, c, b, a].map((info) => info.path)
    const path = recipePath('with-references', 1)
    const info = await store.add(path, tree, { candidates: [...candidates, path] })
    assert.deepEqual(info.references, [a, b, c].map((each) => each.path).sort())
    assert.deepEqual(store.info(path), info)
  })

  test(`${name}: an object may refer to itself`, async () => {
    await using store = await open()
    const path = recipePath('own', 1)
    const info = await store.add(path, memoryTree({ own: file(logical(path)) }), { candidates: [path] })
    assert.deepEqual(info.references, [path])
    assert.deepEqual(store.info(path), info)
  })

  test(`${name}: the NAR hash of a file is the same, whether or not its size was known`, async () => {
    await using store = await open()
    const chunks = [Buffer.alloc(70_001, 'x'), Buffer.alloc(5, 'y')]
    const known = await store.addFile(recipePath('known', 1), chunks, { candidates: [], size: 70_006 })
    const unknown = await store.addFile(recipePath('unknown', 1), chunks, { candidates: [] })
    assert.equal(known.narHash, unknown.narHash)
    assert.equal(known.narSize, unknown.narSize)
  })

  test(`${name}: a file with the wrong hash or size never becomes visible`, async () => {
    await using store = await open()
    const fixed = digestOf('right')
    const path = fixedPath('download', fixed)
    const bytes = [Buffer.from('wrong')]
    await assert.rejects(store.addFile(path, bytes, { candidates: [], fixed }), { code: 'store.hash-mismatch' })
    for (const size of [4, 6])
      await assert.rejects(store.addFile(path, bytes, { candidates: [], size }), { code: 'store.size-mismatch' })
    assert.equal(store.info(path), undefined)
    await store.addFile(path, [Buffer.from('right')], { candidates: [], fixed })
    assert.equal(store.info(path)?.contentAddress, contentAddress('fixed', fixed))
  })

  test(`${name}: bytes that end with an error leave nothing`, async () => {
    await using store = await open()
    const path = recipePath('broken', 1)
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('some')
      throw new Error('the line is dead')
    }
    await assert.rejects(store.addFile(path, broken(), { candidates: [] }), /the line is dead/)
    assert.equal(store.info(path), undefined)
  })

  test(`${name}: adding again, concurrently or later, gives the same object and reads nothing`, async () => {
    await using store = await open()
    const path = recipePath('same', 1)
    const add = (text: string): Promise<PathInfo> => store.addFile(path, [Buffer.from(text)], { candidates: [] })
    const [first, second] = await Promise.all([add('content'), add('content')])
    const third = await add('never read')
    assert.deepEqual(first, second)
    assert.deepEqual(first, third)
  })

  test(`${name}: a tree that no longer matches its path is refused`, async () => {
    await using store = await open()
    const narHash = digestOfAll(writeNar(sample))
    const path = sourcePath('sample', narHash)
    const address = contentAddress('fixed:r', narHash)
    const other = memoryTree({ text: file('changed meanwhile') })
    await assert.rejects(store.add(path, other, { candidates: [], contentAddress: address }), {
      code: 'content.changed',
    })
    assert.equal(store.info(path), undefined)
  })

  test(`${name}: an object of another store is imported with its facts, and refused if the bytes differ`, async () => {
    await using store = await open()
    const dependency = await addText(store, 'dependency')
    const info: PathInfo = {
      path: recipePath('imported', 1),
      narHash: digestOfAll(writeNar(sample)),
      narSize: narSize(sample),
      references: [dependency.path],
      deriver: recipePath('imported.drv', 1),
      signatures: ['cache.example-1:c2ln', 'other-1:c2ln'],
    }
    const wrong = { ...info, narHash: digestOf('other') }
    await assert.rejects(store.import(wrong, writeNar(sample)), { code: 'store.import-mismatch' })
    await assert.rejects(store.import(info, [Buffer.from('no NAR')]), { code: 'nar.invalid' })
    assert.equal(store.info(info.path), undefined)
    await store.import(info, writeNar(sample))
    assert.deepEqual(store.info(info.path), info)
  })

  test(`${name}: an object with missing references is refused`, async () => {
    await using store = await open()
    const info = {
      ...{ path: recipePath('dangling', 1), narHash: digestOfAll(writeNar(sample)), narSize: narSize(sample) },
      ...{ references: [recipePath('absent', 2)], signatures: [] },
    }
    await assert.rejects(store.import(info, writeNar(sample)), { code: 'store.dangling-reference' })
    assert.equal(store.info(info.path), undefined)
  })

  test(`${name}: a blob exists under its digest once it is committed`, async () => {
    await using store = await open()
    const digest = digestOf('compressed')
    {
      using lost = store.blobs.create()
      lost.write(Buffer.from('compressed'))
    }
    assert.equal(store.blobs.get(digest), undefined)
    using writer = store.blobs.create()
    writer.write(Buffer.from('comp'))
    writer.write(Buffer.from('ressed'))
    assert.deepEqual(await writer.commit([recipePath('a', 1)]), { digest, size: 10 })
    const content = store.blobs.get(digest)
    assert.ok(content !== undefined)
    for (const _ of [1, 2]) assert.equal(Buffer.from(gather(content.open())).toString(), 'compressed')
  })
}

/** Adds a tree at its source path. */
export async function addSource(store: Store, name: string, tree: Tree): Promise<PathInfo> {
  const narHash = digestOfAll(writeNar(tree))
  const address = contentAddress('fixed:r', narHash)
  return store.add(sourcePath(name, narHash), tree, { candidates: [], contentAddress: address })
}

/** Adds a file whose content is its name. */
export async function addText(store: Store, name: string): Promise<PathInfo> {
  return store.addFile(recipePath(name, 'text'), [Buffer.from(name)], { candidates: [] })
}
