/**
 * Runs commands in namespaces: an overlay file system joins the tree below and a directory of changes into one root, bubblewrap confines
 * the scripts to it, and GNU tar records the changes.
 *
 * Changes are in memory (tmpfs), which limits them exactly and leaves nothing to clean up; if the kernel does not support user attributes
 * there (before Linux 6.6), they are on disk.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Watch } from '../base/event.ts'
import { tarSize } from '../format/tar/write.ts'
import { refuseFull } from '../store/disk-failure.ts'
import { diff } from '../tree/diff.ts'
import { type Entry, hasMetadata, type Metadata } from '../tree/entry.ts'
import { sameEntry } from '../tree/equal.ts'
import { inOrder } from '../tree/order.ts'
import { type EntryPath, root } from '../tree/path.ts'
import { filtered, standIn, withoutHardlinks } from '../tree/transform.ts'
import { deferred, type Tree, treeOf } from '../tree/tree.ts'
import { baseFor } from './bases.ts'
import { toolCall } from './bubblewrap.ts'
import { layerLeft, plainBelow } from './canon.ts'
import { changesFile, driverText, removalsFile } from './driver.ts'
import { commandFailed, Log } from './failure.ts'
import type { Found } from './found.ts'
import { completeLayer } from './layer-input.ts'
import { type Ids, quote, runInside } from './outer.ts'
import { buildPath } from './places.ts'
import { forgetWay, probeNamespace } from './probe.ts'
import type { Cached, Job, Outcome, Place, Sandbox } from './sandbox.ts'
import { scratchIn } from './scratch.ts'
import { fakedSessionText, sessionText, startText, unpackWords } from './session.ts'
import { form, readTarTree, tarOf } from './tar.ts'
import { refuseUnmappable } from './unmappable.ts'
import { readUpper, writeUpper } from './upper.ts'

/** @param way - kind of namespaces; default: what the probe finds */
export function namespaceSandbox(place: Place, way?: Found): Sandbox {
  const how = async (): Promise<Found | string> => way ?? (await probeNamespace(place.folder))
  return {
    name: 'namespace',
    probe: async () => {
      const answer = await how()
      return typeof answer === 'string' ? answer : undefined
    },
    run: async (job, watch) => {
      const answer = await how()
      if (typeof answer === 'string') throw new Error(`unreachable: namespaces do not work here: ${answer}`)
      return runJob(job, { place, way: answer, watch })
    },
  }
}

interface Running {
  readonly place: Place
  readonly way: Found
  readonly watch: Watch
}

async function runJob(job: Job, running: Running): Promise<Outcome> {
  const { place, way, watch } = running
  const { ids } = way
  const layer = completeLayer(job)
  refuseUnmappable(job, layer, ids)
  await using parts = new AsyncDisposableStack()
  const bases: string[] = []
  for (const { key, tree } of cachedParts(job)) {
    const cached = { folder: place.folder, key, ids, tree: withoutDevices(tree, ids) }
    const base = parts.use(await baseFor({ ...cached, unpack: (all, into) => unpack(all, into, running) }, watch))
    bases.push(base.folder)
  }
  const { folder } = parts.use(scratchIn(place.folder, ids))
  const input = writeJob(job, { layer, below: withoutDevices(plainBelow(job), ids), folder, ids })
  const log = new Log(place.folder, job)
  parts.defer(async () => log[Symbol.dispose]())
  const stage = { folder, bases, tools: place.tools, job, way, ...measured(input) }
  const ended = await runInside({
    ...{ ids, script: driverText(stage), folder, input: tarOf(input), signal: watch.signal },
    said: (chunk) => log.add(chunk),
  })
  if (ended.status !== 0) {
    if (!ended.reported.includes('script ')) forgetWay(place.folder)
    refuseFull(dirname(place.folder), folder)
    return commandFailed(job, ended, log)
  }
  const left = layerLeft({ upper: changesIn(folder, ids) }, job)
  const kept = parts.move()
  return { layer: left, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** The tree below as trees to unpack, bottom first. */
function cachedParts({ below }: Job): readonly Cached[] {
  const whole = withoutHardlinks(below.tree)
  if (below.stable === undefined) return [{ key: below.key, tree: whole }]
  const stable = withoutHardlinks(below.stable.tree)
  return [
    { key: below.stable.key, tree: stable },
    { key: `${below.stable.key} ${below.key}`, tree: additions(stable, whole) },
  ]
}

/** What a tree adds to another, with the directories that contain it. */
function additions(stable: Tree, whole: Tree): Tree {
  return deferred(() => completeLayer({ below: { tree: whole }, layer: diff(stable, whole) }))
}

function measured(input: Tree): { readonly size: number; readonly isBare: boolean } {
  const isBare = [...input.entries()].every((entry) => entry.path === root && sameEntry(entry, standIn(root)))
  return { size: tarSize(input.entries(), form), isBare }
}

interface Written {
  readonly layer: Tree
  /** As it is unpacked. */
  readonly below: Tree
  readonly folder: string
  readonly ids: Ids
}

/** Writes the session's files; returns its standard input. */
function writeJob({ scripts }: Job, { layer, below, folder, ids }: Written): Tree {
  const job = join(folder, 'job')
  mkdirSync(job)
  for (const [index, script] of scripts.entries()) {
    writeFileSync(join(job, `script-${index}`), `${script.text}\n`)
    writeFileSync(join(job, `script-${index}-start`), startText(script))
  }
  if (ids !== 'single') {
    writeFileSync(join(job, 'session'), sessionText(scripts))
    return writeUpper(layer)
  }
  const removed = [...layer.entries()].filter(({ kind }) => kind === 'whiteout').map(({ path }) => path)
  writeFileSync(join(job, 'removed'), names(removed))
  writeFileSync(join(job, 'session'), fakedSessionText(scripts, writeOwners(below, job)))
  return filtered(layer, ({ kind }) => kind !== 'whiteout')
}

/** Lists of entries by owner, for fakeroot; those of root are omitted. */
function writeOwners(below: Tree, job: string): ReadonlyMap<string, string> {
  const owners = new Map<string, string[]>()
  for (const entry of below.entries()) {
    if (!hasMetadata(entry) || (entry.metadata.uid === 0 && entry.metadata.gid === 0)) continue
    const owner = `${entry.metadata.uid}:${entry.metadata.gid}`
    const list = owners.get(owner) ?? []
    list.push(entry.path)
    owners.set(owner, list)
  }
  return new Map(
    [...owners].map(([owner, list], index) => {
      writeFileSync(join(job, `owned-${index}`), names(list))
      return [owner, `owned-${index}`]
    }),
  )
}

function names(paths: readonly string[]): Uint8Array {
  return Buffer.from(paths.map((path) => `/${path}\0`).join(''), 'latin1')
}

function changesIn(folder: string, ids: Ids): Tree {
  const changes = readTarTree(join(folder, changesFile))
  if (ids !== 'single') return readUpper(changes)
  const removals = [...readUpper(readTarTree(join(folder, removalsFile))).entries()]
  return treeOf(
    inOrder([
      ...linkedAgain([...changes.entries()], removals),
      ...removals.filter(({ kind }) => kind === 'whiteout' || kind === 'opaque'),
    ]),
  )
}

/**
 * Changes with the hard links of the directory of changes: in the root, a file of the tree below keeps its inode number, and names that were
 * added to it have another. fakeroot may have been told of a new owner under any of the names.
 */
function linkedAgain(changes: readonly Entry[], above: readonly Entry[]): readonly Entry[] {
  const targets = new Map(above.flatMap((entry) => (entry.kind === 'hardlink' ? [[entry.path, entry.target]] : [])))
  const told = new Map<EntryPath, Metadata>()
  for (const entry of changes) {
    const target = targets.get(entry.path) ?? entry.path
    if (hasMetadata(entry) && (!told.has(target) || isTold(entry.metadata))) told.set(target, entry.metadata)
  }
  return changes.map((entry): Entry => {
    const target = targets.get(entry.path)
    if (target !== undefined) return { kind: 'hardlink', path: entry.path, target }
    return hasMetadata(entry) ? { ...entry, metadata: told.get(entry.path) ?? entry.metadata } : entry
  })
}

function isTold({ uid, gid, xattrs }: Metadata): boolean {
  return uid !== 0 || gid !== 0 || xattrs.size > 0
}

async function unpack(tree: Tree, into: string, { place, way, watch }: Running): Promise<void> {
  const { options, command } = toolCall(place.tools, into, unpackWords(buildPath, way.ids !== 'single'))
  const words = [...options, '--', ...command].map(quote).join(' ')
  const script = `umask 022; exec bwrap ${words}`
  const input = tarOf(tree)
  const { status, said } = await runInside({ ids: way.ids, script, folder: into, input, signal: watch.signal })
  if (status === 0) return
  refuseFull(dirname(place.folder), into)
  throw new Error(`the base cannot be unpacked: ${said.trim()}`)
}

/** Omits entries that a user cannot create: scripts could not open them anyway, and they stay in the image. */
function withoutDevices(tree: Tree, ids: Ids): Tree {
  return ids === 'root' ? tree : filtered(tree, (entry) => entry.kind !== 'device')
}
