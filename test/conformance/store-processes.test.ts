/** A store under stress: several processes at once, processes killed at any moment, a full disk, missing permissions. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test, { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { collectGarbage } from '../../src/store/collect.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { layoutOf } from '../../src/store/layout.ts'
import { parseStorePath, recipePath, type StorePath } from '../../src/store/store-path.ts'
import { file, memoryTree } from '../../src/tree/memory.ts'
import { addText } from '../contract/store.contract.ts'
import { missing } from '../support/command.ts'
import { testNix } from '../support/nix.ts'
import { leftInTemporary, temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const nix = testNix()
let count = 0
const newRoot = (): string => join(folder, `store-${count++}`)

const withoutNix = missing('nix-store')
const notRoot = process.getuid?.() === 0 ? false : 'needs root'

test('concurrency: processes that open the same new stores at once all succeed, and each remembers its results', async () => {
  const stores = newRoot()
  const keys = ['a', 'b', 'c', 'd']
  const lines = await Promise.all(keys.map((key) => finished(program('open-stores', [stores, '60', key]))))
  const expected = Array.from({ length: 60 }, (_, index) => String(index))
  for (const each of lines) assert.deepEqual(each, expected)
  await using store = await openStore(join(stores, '0'))
  for (const key of keys) assert.equal(store.memory.fact('opened', key), '0')
})

test('concurrency: processes that add the same objects at once all succeed, and each object exists once', {
  skip: withoutNix,
}, async () => {
  const root = newRoot()
  const lines = await Promise.all([0, 1, 2].map(() => finished(program('add-objects', [root, '0', '60']))))
  assert.equal(lines[0]?.length, 60)
  for (const each of lines) assert.deepEqual(each, lines[0])
  assert.deepEqual(readdirSync(layoutOf(root).temporary), [])
  await nix.store(root, '--verify', '--check-contents')
})

test('kill: a hundred processes killed at any moment leave a valid, clean store', {
  skip: withoutNix,
}, async () => {
  const root = newRoot()
  const size = 8
  const moments = fc.sample(fc.tuple(fc.nat(size), fc.nat(size)), { numRuns: 50, seed: 11 })
  for (const [round, [one, two]] of moments.entries()) {
    const range = [root, String(round * size), String((round + 1) * size)]
    await Promise.all([one, two].map((lines) => killedAfter(program('add-objects', range), lines)))
  }
  const whole: StorePath[] = []
  for (const round of [...moments.keys()].slice(-3)) {
    const range = [root, String(round * size), String((round + 1) * size)]
    whole.push(...(await finished(program('add-objects', range))).flatMap((line) => parseStorePath(line) ?? []))
  }
  await nix.store(root, '--verify', '--check-contents')
  const { objects } = await collectGarbage(root, { now: 0, keep: whole })
  assert.ok(objects.length > 0)
  assert.deepEqual(readdirSync(layoutOf(root).temporary), [])
  assert.deepEqual(
    readdirSync(layoutOf(root).objects)
      .filter((name) => name !== '.links')
      .sort(),
    [...whole].sort(),
  )
  await nix.store(root, '--verify', '--check-contents')
})

test('full disk: an error with a remedy, and no leftovers', { skip: notRoot }, async (context) => {
  const root = newRoot()
  mkdirSync(root)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root], { encoding: 'utf8' })
  if (mounted.status !== 0) return context.skip(`no tmpfs can be mounted here: ${mounted.stderr}`)
  context.after(() => spawnSync('umount', [root]))
  await using store = await openStore(root)
  const bytes = Buffer.alloc(6_000_000)
  const candidates: StorePath[] = []
  const adding = store.addFile(recipePath('file', 1), [bytes], { candidates })
  await assert.rejects(adding, { code: 'store.disk-full' })
  const tree = memoryTree({ 'a/small': file('small'), 'a/large': file(bytes) })
  await assert.rejects(store.add(recipePath('tree', 1), tree, { candidates }), { code: 'store.disk-full' })
  using blob = store.blobs.create()
  assert.throws(() => blob.write(bytes), { code: 'store.disk-full' })
  blob[Symbol.dispose]()
  assert.deepEqual(leftInTemporary(layoutOf(root).temporary), [])
  const { path } = await addText(store, 'small')
  assert.ok(store.info(path))
})

test('full disk: garbage is collected even without a byte free', { skip: notRoot }, async (context) => {
  const root = newRoot()
  mkdirSync(root)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', root], { encoding: 'utf8' })
  if (mounted.status !== 0) return context.skip(`no tmpfs can be mounted here: ${mounted.stderr}`)
  context.after(() => spawnSync('umount', [root]))
  const kept = join(folder, 'kept-on-full')
  {
    await using store = await openStore(root)
    for (let index = 0; index < 200; index++) await addText(store, `object-${index}`)
    await store.keep(kept, (await addText(store, 'kept')).path)
  }
  assert.throws(() => appendFileSync(join(root, 'fill'), Buffer.alloc(16_000_000)), { code: 'ENOSPC' })
  await assert.rejects(openStore(root), { code: 'store.disk-full' })
  const expected = await collectGarbage(root, { now: 0, dryRun: true })
  assert.equal(expected.objects.length, 200)
  assert.deepEqual(await collectGarbage(root, { now: 0 }), expected)
  rmSync(join(root, 'fill'))
  await using store = await openStore(root)
  assert.ok(store.info((await addText(store, 'kept')).path))
  assert.deepEqual(readdirSync(layoutOf(root).objects).length, 1)
})

test('ordinary user: adds, reads and collects', { skip: notRoot }, async () => {
  const root = forAnybody(newRoot())
  const added = await finished(program('add-objects', [root, '0', '6'], nobody))
  assert.equal(added.length, 6)
  assert.equal((await finished(program('read-objects', [root, ...added], nobody))).length, 6)
  const [said] = await finished(program('collect-garbage', [root], nobody))
  assert.equal(JSON.parse(said ?? '').objects.length, 6)
  assert.deepEqual(readdirSync(layoutOf(root).objects), [])
})

test('another user’s store: can be read, while its owner has it open and afterwards, but not written', {
  skip: notRoot,
}, async () => {
  const root = newRoot()
  chmodSync(folder, 0o755)
  let path: StorePath
  {
    await using store = await openStore(root)
    path = (await addText(store, 'shared')).path
    const refused = finished(program('read-objects', [root, path], nobody))
    await assert.rejects(refused, (thrown) => String(thrown).includes('store.unreadable'))
    chmodSync(root, 0o755)
    assert.deepEqual(await finished(program('read-objects', [root, path], nobody)), [`${path} true`])
  }
  assert.deepEqual(await finished(program('read-objects', [root, path], nobody)), [`${path} true`])
  await assert.rejects(finished(program('add-objects', [root, '0', '1'], nobody)), /store\.unwritable/)
  assert.deepEqual(readdirSync(layoutOf(root).databaseFolder), ['db.sqlite', 'schema'])
})

const nobody = 65534

function forAnybody(root: string): string {
  chmodSync(folder, 0o755)
  mkdirSync(root)
  chmodSync(root, 0o777)
  return root
}

const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

function program(name: string, args: readonly string[], uid?: number): ChildProcess {
  const place = fileURLToPath(new URL(`../support/programs/${name}.ts`, import.meta.url))
  // Compiling takes most of the time of these small programs, and its cache needs a writable directory.
  const env = uid === undefined ? { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') } : process.env
  const owner = uid === undefined ? {} : { uid, gid: uid }
  const child = spawn(process.execPath, [place, ...args], { cwd: folder, env, ...owner })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

async function finished(child: ChildProcess): Promise<readonly string[]> {
  const closed = once(child, 'close')
  const [lines, said] = await Promise.all([child.stdout, child.stderr].map(linesOf))
  const [status] = await closed
  if (status !== 0) throw new Error(`the program ended with ${status}: ${said?.join('\n')}`)
  return lines ?? []
}

/** Kills a program after it has printed some lines, while it is working on something else. */
async function killedAfter(child: ChildProcess, lines: number): Promise<void> {
  const closed = once(child, 'close')
  let seen = 0
  if (child.stdout === null) throw new Error('unreachable: the output is a pipe')
  for await (const _ of createInterface(child.stdout)) if (++seen >= lines) child.kill('SIGKILL')
  const [status, signal] = await closed
  assert.ok(status === 0 || signal === 'SIGKILL', `the program failed by itself with ${status}`)
}

async function linesOf(stream: NodeJS.ReadableStream | null): Promise<readonly string[]> {
  return stream === null ? [] : Array.fromAsync(createInterface(stream))
}
