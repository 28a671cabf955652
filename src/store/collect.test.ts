import assert from 'node:assert/strict'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import test from 'node:test'
import { addText } from '../../test/contract/store.contract.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { digestOf, hexOf } from '../base/digest.ts'
import { directory, file, memoryTree } from '../tree/memory.ts'
import { rememberLock } from './cache/used-locks.ts'
import { collectGarbage } from './collect.ts'
import { openStore } from './disk-store.ts'
import { layoutOf } from './layout.ts'
import type { PathInfo, Store } from './store.ts'
import { fixedPath, logical, recipePath } from './store-path.ts'

const folder = temporaryFolder()
let count = 0
const newRoot = (): string => join(folder, `store-${count++}`)
const day = 24 * 60 * 60
const options = { now: 1000 * day }

test('gc: keeps everything that a result link needs, and removes the rest', async () => {
  const root = newRoot()
  const link = join(folder, 'result')
  const { kept, needed, loose } = await withStore(root, async (store) => {
    const needed = await addText(store, 'needed')
    const kept = await addTree(store, 'kept', needed)
    const loose = await addTree(store, 'loose', needed)
    await store.keep(link, kept.path)
    return { kept, needed, loose }
  })
  // The object's outline, which saves walking it, is removed with it.
  const outline = `unpacked/${loose.path}.outline`
  const outlineSize = statSync(join(root, outline)).size
  const dry = await collectGarbage(root, { ...options, dryRun: true })
  assert.deepEqual(await pathsIn(root), [kept, needed, loose].map(({ path }) => path).sort())
  const done = await collectGarbage(root, options)
  assert.deepEqual(done, dry)
  const bytes = logical(needed.path).length + outlineSize
  const { keptBytes, lockedBytes, ...removed } = done
  assert.deepEqual(removed, { objects: [loose.path], others: [outline], bytes })
  assert.ok(keptBytes >= kept.narSize + needed.narSize)
  assert.equal(lockedBytes, 0)
  assert.deepEqual(await pathsIn(root), [kept.path, needed.path].sort())

  rmSync(link)
  assert.deepEqual((await collectGarbage(root, options)).objects, [kept.path, needed.path].sort())
  assert.deepEqual(readdirSync(layoutOf(root).roots), [])
  assert.deepEqual(readdirSync(layoutOf(root).results), [])
})

test('gc: what Nix keeps stays: indirect roots as long as their link is there, roots of its own, profiles', async () => {
  const root = newRoot()
  const { indirect, direct, profile, loose } = await withStore(root, async (store) => ({
    indirect: await addText(store, 'indirect'),
    direct: await addText(store, 'direct'),
    profile: await addText(store, 'profile'),
    loose: await addText(store, 'loose'),
  }))
  const state = dirname(dirname(layoutOf(root).roots))
  const link = join(folder, 'nix-result')
  for (const each of ['gcroots/auto', 'gcroots/per-user/me', 'profiles'])
    mkdirSync(join(state, each), { recursive: true })
  symlinkSync(join(layoutOf(root).objects, indirect.path), link)
  symlinkSync(link, join(state, 'gcroots/auto/abc'))
  symlinkSync(logical(direct.path), join(state, 'gcroots/per-user/me/own'))
  symlinkSync('default-1-link', join(state, 'profiles/default'))
  symlinkSync(logical(profile.path), join(state, 'profiles/default-1-link'))
  assert.deepEqual((await collectGarbage(root, options)).objects, [loose.path])
  rmSync(link)
  assert.deepEqual((await collectGarbage(root, options)).objects, [indirect.path])
  assert.deepEqual(await pathsIn(root), [direct.path, profile.path].sort())
})

test('gc: a result link that points elsewhere keeps nothing', async () => {
  const root = newRoot()
  const link = join(folder, 'moved')
  await withStore(root, async (store) => store.keep(link, (await addText(store, 'one')).path))
  rmSync(link)
  symlinkSync('/elsewhere', link)
  assert.equal((await collectGarbage(root, options)).objects.length, 1)
})

test('gc: a result link keeps its object, whichever path of the store it was made and collected through', async () => {
  const [root, alias] = [newRoot(), join(folder, 'alias')]
  mkdirSync(root)
  symlinkSync(root, alias)
  const results = join(folder, 'results')
  mkdirSync(join(results, 'inner'), { recursive: true })
  symlinkSync('results/inner', join(folder, 'results-link'))
  await withStore(alias, async (store) => {
    await store.keep(join(results, 'absolute'), (await addText(store, 'absolute')).path)
    await store.keep(`${folder}/results-link/../above`, (await addText(store, 'above')).path)
    await store.keep(join(results, 'relative'), (await addText(store, 'relative')).path)
  })
  assert.ok(lstatSync(join(results, 'above')).isSymbolicLink())
  const target = readlinkSync(join(results, 'relative'))
  rmSync(join(results, 'relative'))
  symlinkSync(relative(results, target), join(results, 'relative'))
  for (const place of [root, alias]) assert.deepEqual((await collectGarbage(place, options)).objects, [])
  rmSync(alias)
  assert.deepEqual((await collectGarbage(root, options)).objects, [])
  const elsewhere = newRoot()
  mkdirSync(layoutOf(elsewhere).objects, { recursive: true })
  symlinkSync(elsewhere, alias)
  assert.equal((await collectGarbage(root, options)).objects.length, 3)
})

test('gc: keeps objects named by the caller with everything they refer to', async () => {
  const root = newRoot()
  const paths = await withStore(root, async (store) => {
    const needed = await addText(store, 'needed')
    return [needed.path, (await addTree(store, 'kept', needed)).path]
  })
  assert.deepEqual((await collectGarbage(root, { ...options, keep: paths.slice(1) })).objects, [])
})

test('gc: keeps objects named by a lock for 30 days after its last use, as long as the lock exists', async () => {
  const root = newRoot()
  const lock = join(folder, 'slipway.lock')
  writeFileSync(lock, '')
  const used = await withStore(root, async (store) => {
    const paths = [(await addText(store, 'deb')).path]
    rememberLock(store.memory, { file: lock, usedAt: options.now, paths })
    return paths
  })
  const later = (days: number): typeof options => ({ now: options.now + days * day })
  assert.deepEqual((await collectGarbage(root, { ...later(29), dryRun: true })).objects, [])
  assert.deepEqual((await collectGarbage(root, { ...later(31), dryRun: true })).objects, used)
  rmSync(lock)
  assert.deepEqual((await collectGarbage(root, later(1))).objects, used)
})

test('gc: keptSeconds and maxBytes release what only locks keep, the least recently used first; its size is reported', async () => {
  const root = newRoot()
  const locks = ['old', 'new'].map((name) => join(folder, `${name}.lock`))
  for (const lock of locks) writeFileSync(lock, '')
  const [old = '', recent = ''] = await withStore(root, async (store) => {
    const paths = [(await addText(store, 'old')).path, (await addText(store, 'new')).path]
    for (const [index, file] of locks.entries())
      rememberLock(store.memory, {
        file,
        usedAt: options.now - (8 - 7 * index) * day,
        paths: paths.slice(index, index + 1),
      })
    return paths
  })
  const trial = (more: object) => collectGarbage(root, { ...options, ...more, dryRun: true })
  const all = await trial({})
  assert.deepEqual(all.objects, [])
  assert.ok(all.lockedBytes > 0 && all.lockedBytes === all.keptBytes)
  assert.deepEqual((await trial({ keptSeconds: 7 * day })).objects, [old])
  assert.deepEqual((await trial({ maxBytes: all.keptBytes })).objects, [])
  assert.deepEqual((await trial({ maxBytes: all.keptBytes - 1 })).objects, [old])
  const none = await trial({ keptSeconds: 0 })
  assert.deepEqual([none.objects, none.keptBytes], [[old, recent].sort(), 0])
})

test('gc: removes temporary files, unregistered objects, and unpacked data and blobs of removed objects', async () => {
  const root = newRoot()
  const layout = layoutOf(root)
  const fixed = digestOf('deb')
  const { live, blobs } = await withStore(root, async (store) => {
    const live = await store.addFile(fixedPath('live', fixed), [Buffer.from('deb')], { fixed, candidates: [] })
    const gone = await addText(store, 'gone')
    return { live, blobs: [await blob(store, 'kept', [live]), await blob(store, 'lost', [live, gone])].map(hexOf) }
  })
  const kept = [`${hexOf(fixed)}.deb-1`, `${live.path}.index`, `${live.path}.outline`]
  // The last three are what earlier versions left of a live object.
  const lost = [
    `${hexOf(digestOf('x'))}.deb-1`,
    ...['tar', 'deb-1.tar', 'deb-1.index'].map((end) => `${hexOf(fixed)}.${end}`),
  ]
  for (const name of [...kept, ...lost]) writeFileSync(join(layout.unpacked, name), '')
  mkdirSync(join(layout.temporary, 'dead', 'half'), { recursive: true })
  mkdirSync(join(layout.objects, recipePath('half', 1)))
  mkdirSync(join(layout.objects, '.links'))
  writeFileSync(join(layout.blobs, hexOf(digestOf('alone'))), '')
  const { others } = await collectGarbage(root, { ...options, keep: [live.path] })
  assert.deepEqual(
    others,
    [
      `blobs/${blobs[1]}`,
      `blobs/${blobs[1]}.members`,
      `blobs/${hexOf(digestOf('alone'))}`,
      `nix/store/${recipePath('half', 1)}`,
      'tmp/dead',
      ...lost.map((name) => `unpacked/${name}`),
    ].sort(),
  )
  assert.deepEqual(readdirSync(layout.blobs), [`${blobs[0]}`, `${blobs[0]}.members`])
  assert.deepEqual(readdirSync(layout.objects).sort(), ['.links', live.path])
  assert.deepEqual(readdirSync(layout.unpacked).sort(), kept.sort())
})

test('gc: keeps compressed pieces for 30 days after their last use, while any object is kept', async () => {
  const root = newRoot()
  const link = join(folder, 'with-pieces')
  await withStore(root, async (store) => {
    await store.keep(link, (await addText(store, 'kept')).path)
    store.pieces.keep('one', Buffer.from('piece'))
  })
  const used = Math.floor(statSync(join(layoutOf(root).pieces, 'one')).ctimeMs / 1000)
  assert.deepEqual((await collectGarbage(root, { now: used + 29 * day })).others, [])
  const late = await collectGarbage(root, { now: used + 31 * day, dryRun: true })
  assert.deepEqual(late.others, ['pieces/one'])
  rmSync(link)
  assert.ok((await collectGarbage(root, { now: used })).others.includes('pieces/one'))
  assert.deepEqual(readdirSync(layoutOf(root).pieces), [])
})

test('gc: unregisters objects that are missing on disk, with everything that refers to them', async () => {
  const root = newRoot()
  const link = join(folder, 'broken')
  await withStore(root, async (store) => {
    const needed = await addText(store, 'needed')
    await store.keep(link, (await addTree(store, 'kept', needed)).path)
    rmSync(store.physical(needed.path))
  })
  assert.equal((await collectGarbage(root, options)).objects.length, 2)
  await withStore(root, async (store) => assert.ok(await addText(store, 'needed')))
})

test('gc: waits while another process has the store open', async () => {
  const root = newRoot()
  const stop = new AbortController()
  await withStore(root, async (store) => {
    await addText(store, 'used')
    const waiting = collectGarbage(root, { ...options, signal: stop.signal })
    stop.abort()
    await assert.rejects(waiting, { name: 'AbortError' })
    assert.ok(store.info(recipePath('used', 'text')))
  })
  assert.equal((await collectGarbage(root, options)).objects.length, 1)
})

test('gc: without a store there is nothing to collect, and none is created', async () => {
  const root = newRoot()
  assert.deepEqual(await collectGarbage(root, options), {
    objects: [],
    others: [],
    bytes: 0,
    keptBytes: 0,
    lockedBytes: 0,
  })
  assert.deepEqual(existsSync(root), false)
})

async function withStore<T>(root: string, work: (store: Store) => Promise<T>): Promise<T> {
  await using store = await openStore(root)
  return await work(store)
}

async function pathsIn(root: string): Promise<readonly string[]> {
  return readdirSync(layoutOf(root).objects).sort()
}

async function addTree(store: Store, name: string, reference: PathInfo): Promise<PathInfo> {
  const tree = memoryTree({ 'share/name': file(logical(reference.path)), empty: directory() })
  return store.add(recipePath(name, 'tree'), tree, { candidates: [reference.path] })
}

async function blob(store: Store, text: string, members: readonly PathInfo[]): Promise<ReturnType<typeof digestOf>> {
  using writer = store.blobs.create()
  writer.write(Buffer.from(text))
  return (await writer.commit(members.map(({ path }) => path))).digest
}

test('gc: files that a remaining object shares free nothing; those that only removed objects share count once', async () => {
  const root = newRoot()
  const big = (letter: string) => file(letter.repeat(100_000))
  const objects = {
    kept: { a: big('a') },
    one: { a: big('a'), b: big('b') },
    two: { a: big('a'), b: big('b'), c: file('') },
  }
  await withStore(root, async (store) => {
    for (const [name, items] of Object.entries(objects))
      await store.add(recipePath(name, 1), memoryTree(items), {
        candidates: [],
        similar: recipePath(name === 'two' ? 'one' : 'kept', 1),
      })
    await store.keep(join(folder, 'kept-link'), recipePath('kept', 1))
  })
  const dry = await collectGarbage(root, { ...options, dryRun: true })
  const done = await collectGarbage(root, options)
  assert.deepEqual(done, dry)
  assert.equal(done.objects.length, 2)
  assert.ok(done.bytes >= 100_000 && done.bytes < 110_000, `${done.bytes}`)
})
