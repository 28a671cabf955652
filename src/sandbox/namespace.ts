/**
 * Commands in namespaces: the tree below and a directory of changes become one root by an overlay file system, bubblewrap shuts the
 * scripts into it, and GNU tar writes down what changed.
 *
 * Changes are in memory (tmpfs), which limits them exactly and leaves nothing to clean up; where the kernel cannot keep attributes of users
 * there (before Linux 6.6), they are on the disk.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { tarSize } from '../format/tar/write.ts'
import { type Entry, hasMetadata } from '../tree/entry.ts'
import { show } from '../tree/path.ts'
import { filtered } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import { baseFor } from './bases.ts'
import { layerLeft, plainBelow } from './canon.ts'
import { packWords, runText, scriptWords, toolWords, unpackWords, buildPath } from './inner.ts'
import { completeLayer } from './layer-input.ts'
import { type Ids, type Inside, mostId, quote, runInside } from './outer.ts'
import { probeNamespace, type Found } from './probe.ts'
import { commandFailed, Log } from './failure.ts'
import type { Job, Outcome, Place, Sandbox } from './sandbox.ts'
import { scratchIn } from './scratch.ts'
import { seccompFilter } from './seccomp.ts'
import { form, readTarTree, tarOf } from './tar.ts'
import { readUpper, writeUpper } from './upper.ts'

/** @param found - how namespaces are made here; by default what the probe finds. */
export function namespaceSandbox(place: Place, found?: Found): Sandbox {
  const how = async (): Promise<Found | string> => found ?? (await probeNamespace(place.folder))
  return {
    name: 'namespace',
    probe: async () => {
      const answer = await how()
      return typeof answer === 'string' ? answer : undefined
    },
    run: async (job, watch) => {
      const answer = await how()
      if (typeof answer === 'string') throw new Error(`unreachable: namespaces do not work here: ${answer}`)
      return runJob(job, place, { ...answer, watch })
    },
  }
}

type Running = Found & { readonly watch: Watch }

async function runJob(job: Job, place: Place, running: Running): Promise<Outcome> {
  const { ids, watch } = running
  const layer = completeLayer(job)
  refuseUnmappable(job, layer, ids)
  using base = await baseFor(
    {
      ...{ folder: place.folder, key: job.below.key, ids, tree: withoutDevices(plainBelow(job), ids) },
      unpack: (tree, into) => unpack(tree, into, { place, running }),
    },
    watch,
  )
  await using parts = new AsyncDisposableStack()
  const scratch = parts.use(scratchIn(place.folder, ids))
  const { folder } = scratch
  writeJob(job, folder)
  const input = writeUpper(layer)
  const log = new Log(place.folder, job)
  parts.defer(async () => log[Symbol.dispose]())
  const script = driver({ folder, base: base.folder, tools: place.tools, job, running, size: tarSize(input.entries(), form) })
  const ended = await runInside({
    ...{ ids, script, folder, input: tarOf(input), signal: watch.signal },
    said: (chunk) => log.add(chunk),
  })
  if (ended.status !== 0) return commandFailed(job, ended, log)
  const changed = readTarTree(join(folder, 'out.tar'))
  const left = layerLeft({ upper: readUpper(changed) }, job)
  const kept = parts.move()
  return { layer: left, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** Writes what the driver reads: bubblewrap's arguments come by descriptors, so that no process inside can see them. */
function writeJob(job: Job, folder: string): void {
  job.scripts.forEach(({ text }, index) => writeFileSync(join(folder, `script-${index}`), `${text}\n`))
  writeFileSync(join(folder, 'run'), runText(job.scripts))
}

interface Driver {
  readonly folder: string
  readonly base: string
  readonly tools: string
  readonly job: Job
  readonly running: Running
  /** Bytes that the layer so far takes. */
  readonly size: number
}

function driver({ folder, base, tools, job, running, size }: Driver): string {
  const { ids, space } = running
  const words = (name: string, list: readonly string[]): string => {
    writeFileSync(join(folder, name), list.map((word) => `${word}\0`).join(''))
    return `bwrap --args 9 9<${quote(join(folder, name))}`
  }
  const filter = seccompFilter(process.arch)
  if (filter !== undefined) writeFileSync(join(folder, 'filter'), filter)
  const rootFolder = join(folder, 'root')
  const upper = join(folder, 'space/up')
  const options = ids === 'root' ? 'redirect_dir=off,metacopy=off,index=off' : 'userxattr'
  const limit = ids === 'root' ? '' : `prlimit --nproc=${mostProcesses} `
  return [
    `mkdir space root && ln -s ${quote(base)} low`,
    ...(space === 'memory' ? [`mount -t tmpfs -o mode=755,nodev,size=${Math.ceil((size + job.limits.disk) / 4096) * 4096} tmpfs space`] : []),
    'mkdir space/up space/work',
    words('fill', toolWords(tools, upper, unpackWords(buildPath))),
    `mount -t overlay -o nodev,lowerdir=low,upperdir=space/up,workdir=space/work,${options} overlay root`,
    'exec 4>&1 0</dev/null',
    `${limit}${words('scripts', [...(filter === undefined ? [] : ['--seccomp', '8']), ...scriptWords({ tools, root: rootFolder, job: folder }, job)])} ${filter === undefined ? '' : '8<filter '}3>&3`,
    'umount root',
    `printf 'done\\0' >&3`,
    `${words('pack', toolWords(tools, upper, packWords(buildPath)))} >out.tar`,
  ].join('\n')
}

const mostProcesses = 2048

async function unpack(
  tree: Tree,
  into: string,
  { place, running }: { readonly place: Place; readonly running: Running },
): Promise<void> {
  const words = toolWords(place.tools, into, unpackWords(buildPath)).map(quote).join(' ')
  const inside: Inside = {
    ...{ ids: running.ids, script: `exec bwrap ${words}`, folder: into },
    ...{ input: tarOf(tree), signal: running.watch.signal },
  }
  const { status, said } = await runInside(inside)
  if (status !== 0) throw new Error(`the base cannot be unpacked: ${said.trim()}`)
}

/** What a user cannot make at all is left out below: scripts cannot open it anyway, and it stays in the image. */
function withoutDevices(tree: Tree, ids: Ids): Tree {
  return ids === 'root' ? tree : filtered(tree, (entry) => entry.kind !== 'device')
}

/** @throws BuildError sandbox.unsupported */
function refuseUnmappable(job: Job, layer: Tree, ids: Ids): void {
  if (ids === 'root') return
  const most = mostId(ids)
  for (const entry of layer.entries()) {
    if (entry.kind === 'device') refuseDevice(entry, job)
    if (hasMetadata(entry)) refuseOwner(entry, most, job)
  }
  for (const entry of job.below.tree.entries()) if (hasMetadata(entry)) refuseOwner(entry, most, job)
}

function refuseDevice(entry: Entry, job: Job): never {
  return fail('sandbox.unsupported', `${job.name} has the device /${show(entry.path)}, which only root can make.`, {
    remedy: 'Build as root, or leave the device out.',
    detail: { path: show(entry.path) },
  })
}

function refuseOwner(entry: Extract<Entry, { readonly metadata: object }>, most: number, job: Job): void {
  const { uid, gid } = entry.metadata
  if (uid <= most && gid <= most) return
  fail('sandbox.unsupported', `/${show(entry.path)} of ${job.name} belongs to ${uid}:${gid}, and this user may only use ids up to ${most}.`, {
    remedy: 'Grant the user a larger range in /etc/subuid and /etc/subgid, or build as root.',
    detail: { path: show(entry.path), uid, gid },
  })
}

