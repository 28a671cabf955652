/**
 * Flattening gives what containers see: random stacks of layers, compared with `docker export` of a container of the same image and with
 * `umoci unpack` (Debian packages docker.io, umoci). Needs root, for owners and devices.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { unwatched } from '../../src/base/event.ts'
import { compressors } from '../../src/format/compression/compressors.ts'
import { flattened } from '../../src/image/flatten.ts'
import type { ImagePlan } from '../../src/image/image.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { openTar } from '../../src/store/tar/tree.ts'
import { archiveBytes } from '../../src/transport/archive.ts'
import { writeLayout } from '../../src/transport/layout.ts'
import { diskTree } from '../../src/tree/disk.ts'
import { type Entry, hasMetadata, type Metadata, plain } from '../../src/tree/entry.ts'
import {
  device,
  directory,
  file,
  type Item,
  memoryTree,
  opaqueDirectory,
  symlink,
  whiteout,
} from '../../src/tree/memory.ts'
import { inOrder } from '../../src/tree/order.ts'
import { ancestors, type EntryPath, entryPathOf } from '../../src/tree/path.ts'
import { filtered, under } from '../../src/tree/transform.ts'
import { emptyTree, type Tree, treeOf } from '../../src/tree/tree.ts'
import { missing, run } from '../support/command.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { owned } from '../support/owned.ts'
import { layerOfFile, rootLayer } from '../support/sample-image.ts'
import { type MemberSpec, tarOf } from '../support/tar-of.ts'
import { temporaryFolder } from '../support/temporary.ts'

const docker = sharedDocker()
const folder = temporaryFolder()
const store = await openStore(join(folder, 'store'))
after(async () => store[Symbol.asyncDispose]())

const part = fc.constantFrom('a', 'b', 'a-b', '\xff', '\xc3\xa4')
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => entryPathOf(['top', ...parts].join('/')))
const owner = fc.constantFrom({ uid: 0, gid: 0 }, { uid: 1000, gid: 5 }, { uid: 3_000_000, gid: 2_097_152 })
const item: fc.Arbitrary<Item> = fc.oneof(
  fc
    .tuple(fc.string({ maxLength: 5 }), fc.constantFrom(0o644, 0o4755, 0o600), owner)
    .map(([text, mode, ids]) => file(text, { mode, ...ids })),
  fc.tuple(fc.constantFrom(0o755, 0o1777, 0o700), owner).map(([mode, ids]) => directory({ mode, ...ids })),
  fc.constant(directory()),
  fc.constantFrom('a', '../b', '/top').map((target) => symlink(target)),
  fc.constant(device('char', { major: 1, minor: 3 })),
  fc.constant(opaqueDirectory()),
  fc.constant(whiteout()),
)
const linkPicks = fc.array(fc.tuple(fc.nat(20), path), { maxLength: 2 })

/** One layer: every parent is present, nothing below a file or a removed name, links to files of the layer itself. */
const layer: fc.Arbitrary<Tree> = fc
  .tuple(fc.uniqueArray(fc.tuple(path, item), { maxLength: 8, selector: ([at]) => at }), linkPicks)
  .map(([items, picks]) => {
    const kinds = new Map(items.map(([at, make]) => [at, make(at)[0]?.kind ?? 'file']))
    const stands = (at: EntryPath): boolean =>
      ancestors(at).every((above) => (kinds.get(above) ?? 'directory') === 'directory')
    const kept = new Map(items.filter(([at]) => stands(at)))
    const files = [...kept.keys()].filter((at) => kinds.get(at) === 'file')
    for (const [pick, at] of picks) {
      const target = files[pick % Math.max(1, files.length)]
      if (target === undefined || kinds.has(at) || !stands(at)) continue
      if ([...kinds.keys()].some((other) => other.startsWith(`${at}/`))) continue
      kinds.set(at, 'hardlink')
      kept.set(at, (where) => [{ kind: 'hardlink', path: where, target }])
    }
    return memoryTree(kept)
  })
const stack = fc.array(layer, { minLength: 2, maxLength: 5 })
/** Twenty stacks, each in its own directory: one image tests them all. */
const stacks = fc
  .array(stack, { minLength: 20, maxLength: 20 })
  .map((all) =>
    Array.from({ length: 5 }, (_, depth) =>
      treeOf(inOrder(all.flatMap((layers, at) => [...under(layers[depth] ?? emptyTree, stackFolder(at)).entries()]))),
    ),
  )

function stackFolder(at: number): EntryPath {
  return entryPathOf(`stack${at}`)
}

let count = 0

async function planOf(layers: readonly Tree[]): Promise<ImagePlan> {
  // An additional layer, so that no two are the same and the last one is never empty.
  const mark = memoryTree({ 'mark/number': file(String(count++)) })
  return {
    layers: [...(await Promise.all(layers.map((tree) => rootLayer(store, tree)))), await rootLayer(store, mark)],
    config: { architecture: 'amd64', os: 'linux', config: { Cmd: ['none'] } },
    names: [`stack:${count}`],
  }
}

/** One line for each entry of the stacks, with names of one object as such. */
function described(tree: Tree): readonly string[] {
  const groups = new Map<EntryPath, EntryPath>()
  const lines: string[] = []
  for (const entry of tree.entries()) {
    if (!/^stack/.test(entry.path)) continue
    if (entry.kind === 'hardlink') {
      groups.set(entry.path, groups.get(entry.target) ?? entry.target)
      lines.push(`${show(entry.path)} = ${show(groups.get(entry.path) ?? entry.target)}`)
    } else if (hasMetadata(entry)) lines.push(lineOf(entry))
    else lines.push(`${entry.kind} ${show(entry.path)}`)
  }
  return lines
}

function lineOf(entry: Extract<Entry, { metadata: object }>): string {
  const { mode, uid, gid } = entry.metadata
  const about = `${entry.kind} ${show(entry.path)} ${uid}:${gid}`
  if (entry.kind === 'symlink') return `${about} -> ${entry.target}`
  if (entry.kind === 'file')
    return `${about} ${mode.toString(8)} ${JSON.stringify(Buffer.from(gather(entry.content.open())).toString())}`
  return `${about} ${mode.toString(8)}${entry.kind === 'device' ? ` ${entry.device} ${entry.major}:${entry.minor}` : ''}`
}

function show(path: EntryPath): string {
  return JSON.stringify(path)
}

async function exported(name: string): Promise<Tree> {
  const container = (await docker(['create', '--network', 'none', name])).trim()
  const tar = join(folder, `${count}.tar`)
  await docker(['export', '-o', tar, container])
  await docker(['rm', container])
  return openTar(tar, `${tar}.index`).tree
}

test('flatten: equals docker export', { skip: noDocker }, async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (layers) => {
      const plan = await planOf(layers)
      await docker(['load', '-q'], {
        input: owned(archiveBytes(plan, { store, watch: unwatched, compressor: compressors.none })),
      })
      assert.deepEqual(described(flattened(plan, store)), described(await exported(plan.names[0] ?? '')))
    }),
    { numRuns: 3 },
  )
})

/** Archives that no tree of slipway's would produce: names through links and "..", hard links whose headers differ from their targets'. */
const directories = ['d0', 'd1', 'd1/sub']
const ways = [...directories, 'l0', 'l1', 'l1/sub', 'up/d0', 'd0/../d1', '../d0']
const header = fc
  .tuple(fc.constantFrom(0o644, 0o755, 0o4711, 0o600), owner, fc.nat(1000))
  .map(([mode, ids, mtime]) => plain(mode, { ...ids, mtime, uname: '', gname: '' }))
const rawMember = fc.tuple(fc.constantFrom(...ways), fc.nat(9), header)

function rawLayer(depth: number, picks: readonly (readonly [string, number, Metadata])[]): readonly MemberSpec[] {
  const files: string[] = []
  const made = picks.map(([way, pick, metadata], number): MemberSpec => {
    const at = `${way}/f${depth}-${number}`
    const target = pick < 5 ? files[pick % Math.max(1, files.length)] : undefined
    if (target !== undefined) return [at, { hardlink: target }, metadata]
    if (pick === 9 && depth > 0) return [`${way}/.wh.f${depth - 1}-${number}`, '', metadata]
    files.push(at)
    return [at, at, metadata]
  })
  const links: readonly MemberSpec[] = [
    ['l0', { symlink: 'd0' }],
    ['l1', { symlink: '/d1' }],
    ['up', { symlink: '../../..' }],
  ]
  return [...directories.map((name): MemberSpec => [`${name}/`, '', plain(0o755)]), ...links, ...made]
}

const rawStack = fc
  .array(fc.array(rawMember, { maxLength: 30 }), { minLength: 2, maxLength: 4 })
  .map((layers) => layers.map((picks, depth) => rawLayer(depth, picks)))

async function rawImage(layers: readonly (readonly MemberSpec[])[]): Promise<ImagePlan> {
  const plan = await planOf([])
  const raw = await Promise.all(layers.map((members) => layerOfFile(store, tarOf(members))))
  return { ...plan, layers: [...raw, ...plan.layers] }
}

/** What is below the names that raw layers have; an engine adds files of its own. */
function shownRaw(tree: Tree): readonly string[] {
  return described(
    under(
      filtered(tree, ({ path }) => /^(d\d|l\d|up|f)/.test(path)),
      stackFolder(0),
    ),
  )
}

function archiveOf(image: ImagePlan): AsyncIterable<Uint8Array> {
  return owned(archiveBytes(image, { store, watch: unwatched, compressor: compressors.none }))
}

test('flatten: archives by other tools are extracted as docker extracts them', { skip: noDocker }, async () => {
  await fc.assert(
    fc.asyncProperty(rawStack, async (layers) => {
      const image = await rawImage(layers)
      await docker(['load', '-q'], { input: archiveOf(image) })
      assert.deepEqual(shownRaw(flattened(image, store)), shownRaw(await exported(image.names[0] ?? '')))
    }),
    { numRuns: 12 },
  )
})

const noPodman = missing('podman') || (process.getuid?.() === 0 ? false : 'podman needs root for owners')

test('flatten: archives by other tools are extracted as podman extracts them', { skip: noPodman }, async () => {
  const storage = ['--root', join(folder, 'podman'), '--runroot', join(folder, 'podman-run'), '--storage-driver', 'vfs']
  const podman = (words: readonly string[], input?: AsyncIterable<Uint8Array>) =>
    run('podman', [...storage, ...words], input === undefined ? {} : { input })
  await fc.assert(
    fc.asyncProperty(rawStack, async (layers) => {
      const image = await rawImage(layers)
      await podman(['load', '-q'], archiveOf(image))
      const container = (await podman(['create', '--network', 'none', `localhost/${image.names[0]}`, 'x'])).trim()
      const tar = join(folder, `podman-${count}.tar`)
      await podman(['export', '-o', tar, container])
      await podman(['rm', container])
      assert.deepEqual(shownRaw(flattened(image, store)), shownRaw(openTar(tar, `${tar}.index`).tree))
    }),
    { numRuns: 4 },
  )
})

const noUmoci = missing('umoci') || (process.getuid?.() === 0 ? false : 'umoci needs root for owners')

test('flatten: equals umoci unpack', { skip: noUmoci }, async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (layers) => {
      const plan = await planOf(layers)
      const [layout, bundle] = [join(folder, `layout-${count}`), join(folder, `bundle-${count}`)]
      await writeLayout([plan], layout, { store, watch: unwatched, compressor: compressors.none, reference: 'x' })
      await run('umoci', ['unpack', '--image', `${layout}:x`, bundle])
      const seen = diskTree(join(bundle, 'rootfs'), { hardLinks: 'keep', owners: true })
      assert.deepEqual(described(flattened(plan, store)), described(seen))
    }),
    { numRuns: 3 },
  )
})
