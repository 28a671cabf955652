/** Container engines of the test's own behind one face: where `load` finds them, what they have, and ways to disturb them. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unwatched } from '../../src/base/event.ts'
import { layerFile } from '../../src/image/base.ts'
import type { EngineChoice } from '../../src/index.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { readImage } from '../../src/transport/read-image.ts'
import { overlay } from '../../src/tree/overlay.ts'
import { entryPathOf } from '../../src/tree/path.ts'
import { missing, run } from './command.ts'
import { noContainerd, withContainerd } from './containerd.ts'
import { noContentsDocker, noDocker, unmountBelow, withDocker } from './dockerd.ts'
import { inFolder } from './workshop.ts'

/** An engine with a store of its own. */
export interface TestEngine {
  readonly choice: EngineChoice
  /** Shell command that runs the engine's own, as `docker --host …`. */
  readonly shell: string
  /** Shell command that removes all images, intermediate ones included. */
  readonly emptying: string
  /** Writes an image with all its layers to a file. @throws Error when it is not complete */
  save(name: string, file: string): Promise<unknown>
  /** Full names of all images. */
  names(): Promise<readonly string[]>
  /** Name of an image as the engine writes it. */
  written(name: string): string
}

/** The kinds of engines, and why tests of one are skipped. */
export const testEngines: readonly {
  readonly name: string
  readonly skip: string | false
  readonly start: (folder: string, work: (engine: TestEngine) => Promise<void>) => Promise<void>
}[] = [
  { name: 'docker, classic store', skip: noDocker, start: (_folder, work) => withDockerEngine('classic', work) },
  {
    name: 'docker, containerd store',
    skip: noContentsDocker,
    start: (_folder, work) => withDockerEngine('contents', work),
  },
  { name: 'podman', skip: missing('podman') || needsRoot(), start: withPodman },
  {
    name: 'containerd',
    skip: noContainerd,
    start: (_folder, work) =>
      withContainerd((ctr, address) => {
        const shell = `ctr --address ${address}`
        return work({
          choice: { engine: 'containerd', address },
          shell,
          emptying: `${shell} images remove --sync $(${shell} images list --quiet)`,
          save: (name, file) => ctr(['images', 'export', file, full(name)]),
          names: async () => lines(await ctr(['images', 'list', '--quiet'])),
          written: full,
        })
      }),
  },
]

function needsRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'needs root'
}

async function withDockerEngine(
  kind: 'classic' | 'contents',
  work: (engine: TestEngine) => Promise<void>,
): Promise<void> {
  await withDocker(async (docker, host) => {
    const shell = `docker --host ${host}`
    await work({
      choice: { engine: 'docker', address: host },
      shell,
      emptying: `${shell} rmi --force $(${shell} images --all --quiet)`,
      save: (name, file) => docker(['save', '--output', file, name]),
      names: async () => named(await docker(['images', '--format', '{{.Repository}}:{{.Tag}}'])),
      written: (name) => name,
    })
  }, kind)
}

/** podman as root, with a storage of its own. */
async function withPodman(folder: string, work: (engine: TestEngine) => Promise<void>): Promise<void> {
  const settings = join(folder, 'storage.conf')
  writeFileSync(settings, `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/root"\nrunroot = "${folder}/run"\n`)
  const podman = (words: readonly string[]): Promise<string> =>
    run('podman', words, { env: { CONTAINERS_STORAGE_CONF: settings } })
  const script = join(folder, 'podman')
  // Without the limits, root that may not raise them runs no container.
  const limits = '--ulimit nofile=1024:1024 --ulimit nproc=1024:1024'
  const running = `if [ "$1" = run ]; then shift; exec podman --runtime runc run ${limits} "$@"; fi`
  const lines = ['#!/bin/sh', `export CONTAINERS_STORAGE_CONF=${settings}`, 'shift', running, 'exec podman "$@"']
  writeFileSync(script, `${lines.join('\n')}\n`, { mode: 0o755 })
  const via = [script]
  const shell = `${script} podman`
  try {
    await work({
      choice: { engine: 'podman', via },
      shell,
      emptying: `${shell} rmi --all --force`,
      save: (name, file) => podman(['save', '--format', 'oci-archive', '--output', file, local(name)]),
      names: async () => named(await podman(['images', '--format', '{{.Repository}}:{{.Tag}}'])),
      written: local,
    })
  } finally {
    // podman leaves its storage mounted.
    await unmountBelow(folder)
  }
}

/** Flags of the command that choose an engine. */
export function flagsOf({ engine, address, via = [] }: EngineChoice): readonly string[] {
  return [
    ...(engine === undefined ? [] : ['--engine', engine]),
    ...(address === undefined ? [] : ['--address', address]),
    ...(via.length === 0 ? [] : ['--via', via.join(' '), '--namespace', 'default']),
  ]
}

/** An engine whose command runs shell text before it loads for the first time: what others do at that moment. */
export function disturbed(folder: string, engine: TestEngine, text: string): EngineChoice {
  const { choice } = engine
  return { ...choice, via: disturbing(folder, text, choice.via), namespace: 'default' }
}

/** A command that runs an engine's own, and before its first load shell text. `exit` in it ends the command. */
export function disturbing(folder: string, text: string, via: readonly string[] = []): readonly string[] {
  const script = join(mkdtempSync(join(folder, 'via-')), 'run')
  const first = `if [ ! -e ${script}.done ]; then touch ${script}.done; ${text}; fi`
  writeFileSync(script, `#!/bin/sh\ncase " $* " in *" load "*|*" import "*) ${first};; esac >/dev/null\nexec "$@"\n`)
  chmodSync(script, 0o755)
  return [script, ...via]
}

/** Text of a file in an image that an engine has. @throws Error when the image is not complete */
export async function textIn(engine: TestEngine, name: string, path: string): Promise<string> {
  return inFolder(async (folder) => {
    await engine.save(name, join(folder, 'saved.tar'))
    await using store = await openStore(join(folder, 'store'))
    const { layers } = await readImage(join(folder, 'saved.tar'), { store, watch: unwatched })
    const files = overlay(layers.map(({ diffId }) => store.laidOut(layerFile(diffId), 'layer')))
    return Buffer.from(files.read(entryPathOf(path)) ?? []).toString('utf8')
  })
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

function named(text: string): readonly string[] {
  return lines(text).filter((name) => !name.startsWith('<none>'))
}

function full(name: string): string {
  return name.includes('.') ? name : `docker.io/library/${name}`
}

function local(name: string): string {
  return name.includes('.') ? name : `localhost/${name}`
}
