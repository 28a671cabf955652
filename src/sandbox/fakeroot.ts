/**
 * Runs commands without namespaces, if the kernel forbids them: fakechroot(1) and fakeroot(1) emulate a root.
 *
 * There is no isolation: commands reach the network and, if they try, this user's files. Static programs see the machine's own root, and
 * programs of the image run with the tools' C library. The whole root is unpacked for each run, and compared with the tree below
 * afterwards.
 */
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { realPath } from '../base/real-path.ts'
import { refuseFull } from '../store/disk-failure.ts'
import { hasMetadata } from '../tree/entry.ts'
import { overlay } from '../tree/overlay.ts'
import { root } from '../tree/path.ts'
import { filtered } from '../tree/transform.ts'
import { type Tree, treeOf } from '../tree/tree.ts'
import { layerLeft, plainBelow } from './canon.ts'
import { changesFile } from './driver.ts'
import { commandFailed, Log } from './failure.ts'
import { completeLayer } from './layer-input.ts'
import { quote, runInside } from './outer.ts'
import { type Job, type Outcome, type Place, type Sandbox, toolsPath } from './sandbox.ts'
import { scratchIn } from './scratch.ts'
import { bareSessionText, startText, withOutput } from './session.ts'
import { readTarTree, tarOf } from './tar.ts'

/** @param place - must not be below a path that fakechroot passes through, such as /proc */
export function fakerootSandbox(place: Place): Sandbox {
  return {
    name: 'fakeroot',
    probe: async () => (process.platform === 'linux' ? undefined : 'the tools require Linux'),
    run: (job, watch) => runJob(job, place, watch),
  }
}

async function runJob(job: Job, place: Place, watch: Watch): Promise<Outcome> {
  refuseDividers(realPath(place.folder))
  await using parts = new AsyncDisposableStack()
  const { folder } = parts.use(scratchIn(place.folder, 'none'))
  const log = new Log(place.folder, job)
  parts.defer(async () => log[Symbol.dispose]())
  // fakechroot(1) compares paths without links.
  const top = join(realPath(folder), 'tools')
  const toolNames = writeRoots(job, place, top)
  const below = plainBelow(job)
  const before = overlay([below, completeLayer(job)])
  writeFileSync(join(top, 'job/session'), bareSessionText(job.scripts, toolNames))
  const ended = await runInside({
    ...{
      ids: 'none',
      script: withOutput(`${startWords(top)} 3>&3 5>${changesFile}`).join('\n'),
      folder,
      signal: watch.signal,
    },
    input: tarOf(filtered(before, ({ path }) => path !== 'proc')),
    said: (chunk) => log.add(chunk),
  })
  if (ended.status !== 0) {
    refuseFull(dirname(place.folder), folder)
    return commandFailed(job, ended, log)
  }
  // /proc is the machine's own, whatever the root.
  const proc = filtered(before, ({ path }) => path === root || path === 'proc')
  const after = overlay([proc, asBelieved(readTarTree(join(folder, changesFile)), top)])
  const left = layerLeft({ root: after }, job)
  const kept = parts.move()
  return { layer: left, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** Refuses a place that the loader would divide: its libraries would be missing, and their emulation with them. */
function refuseDividers(folder: string): void {
  if (!/[:;]/.test(folder)) return
  fail('sandbox.unavailable', `fakeroot cannot run in ${folder}: ld.so(8) divides paths at ":" and ";".`, {
    remedy: 'Set SLIPWAY_STORE to a path without them.',
    detail: { folder },
  })
}

/** Creates the tools' root, with the image's in it; returns the names there that are not the image's. */
function writeRoots({ scripts, objects }: Job, { tools }: Place, top: string): readonly string[] {
  const lent = join(top, 'build', toolsPath)
  copy(join(tools, 'root'), top)
  copy(join(tools, 'lent'), lent)
  mkdirSync(join(top, 'build/dev/shm'), { recursive: true })
  mkdirSync(join(top, 'dev/shm'), { recursive: true })
  for (const job of [join(top, 'job'), join(lent, 'job')]) {
    for (const [index, script] of scripts.entries()) {
      writeFileSync(join(job, `script-${index}`), `${script.text}\n`)
      writeFileSync(join(job, `script-${index}-start`), startText(script))
    }
  }
  for (const object of objects) writeObject(object, top)
  return [toolsPath.slice(1), 'dev/shm', 'proc', ...objects.map(({ path }) => `nix/store/${path}`)]
}

/** An absolute link as fakechroot would write it: below the root in which it is seen. */
function writeObject(object: Job['objects'][number], top: string): void {
  const build = join(top, 'build')
  for (const at of [top, build]) {
    const place = join(at, 'nix/store', object.path)
    if ('physical' in object) {
      copy(object.physical, place)
      continue
    }
    mkdirSync(place, { recursive: true })
    for (const [name, target] of Object.entries(at === top ? object.tools : object.image))
      symlinkSync(join(at, target), join(place, name))
  }
}

/**
 * The root as scripts saw it. Absolute links created outside the image's root are on disk as links below the tools' root, in which they
 * were created; and if the first change to a file was an attribute, fakeroot shows its real owner.
 */
function asBelieved(tree: Tree, top: string): Tree {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()]
  return treeOf(
    [...tree.entries()].map((entry) => {
      if (entry.kind === 'symlink' && entry.target.startsWith(`${top}/`))
        return { ...entry, target: entry.target.slice(top.length) }
      if (!hasMetadata(entry)) return entry
      const { metadata } = entry
      const isReal = metadata.xattrs.size > 0 && metadata.uid === uid && metadata.gid === gid
      return isReal ? { ...entry, metadata: { ...metadata, uid: 0, gid: 0 } } : entry
    }),
  )
}

/** Unpacks without sharing files with the cache: nothing keeps a command from writing to them. */
function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
}

const passedOn = [
  ...['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'],
  ...['/dev/fd', '/dev/stdin', '/dev/stdout', '/dev/stderr', '/proc'],
]

function startWords(top: string): string {
  const [triplet = ''] = readdirSync(join(top, 'usr/lib')).filter((name) => name.includes('-linux-'))
  const own = join(top, 'usr/lib', triplet)
  const [loader = ''] = readdirSync(own).filter((name) => /^ld-linux.*\.so/.test(name))
  const libraries = [
    ...[own, join(own, 'fakechroot'), join(own, 'libfakeroot')],
    ...[join(top, 'build/usr/lib', triplet), join(top, 'build/lib', triplet), join(top, 'build/usr/lib')],
  ]
  const variables = {
    FAKECHROOT: 'true',
    FAKECHROOT_BASE: top,
    FAKECHROOT_ELFLOADER: join(own, loader),
    FAKECHROOT_EXCLUDE_PATH: passedOn.join(':'),
    HOME: '/homeless-shelter',
    LC_ALL: 'C',
    LD_LIBRARY_PATH: libraries.join(':'),
    LD_PRELOAD: 'libfakechroot.so',
    PATH: '/usr/sbin:/usr/bin',
    TZ: 'UTC0',
  }
  const words = Object.entries(variables).map(([name, value]) => quote(`${name}=${value}`))
  // Relative, since env(1) takes a path with "=" for a variable.
  const started = ['usr/lib', triplet, loader].join('/')
  return ['env -i', ...words, `tools/${started}`, 'tools/usr/bin/bash', '/job/session'].join(' ')
}
