/** Containers: builds the arguments of an engine's `run` and runs it on this process's standard streams. */
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fail } from '../base/error.ts'
import { unwatched } from '../base/event.ts'
import { ask, type Client, commandLine } from './client.ts'
import type { EngineKind } from './engine.ts'
import { fullName, podmanName } from './names.ts'
import { type Attached, attach } from './program.ts'

/** Options of a container, each as docker's `run` takes it. */
export interface ContainerOptions {
  /** Arguments of the container. Default: the image's own command. */
  readonly args?: readonly string[]
  /**
   * Ports to publish. Default: none.
   *
   * @example ['8080:80']
   */
  readonly ports?: readonly string[]
  /**
   * Directories and volumes to mount. Default: none.
   *
   * @example ['/srv/data:/data:ro']
   */
  readonly volumes?: readonly string[]
  /**
   * Environment variables, `NAME=VALUE`, or `NAME` for this process's own. Default: none.
   *
   * @example ['DEBUG=1']
   */
  readonly env?: readonly string[]
  /** Name of the container. Default: the engine's choice. */
  readonly name?: string
  /** Network, such as "host" or "none". Default: the engine's. */
  readonly network?: string
  /** User, such as "1000:1000". Default: the image's. */
  readonly user?: string
  /** Whether standard input stays open. Default: false. */
  readonly interactive?: boolean
  /** Whether the container has a terminal. Default: false. */
  readonly tty?: boolean
  /** Whether the container is removed when it ends. Default: true. */
  readonly rm?: boolean
}

/** Image that a container is started from. */
export interface StartedImage {
  readonly name: string
  /** Its entrypoint, which `ctr` does not prepend to given arguments. */
  readonly entrypoint: readonly string[]
}

/** Starts a container of an image. @throws BuildError engine.failed */
export type Start = (image: StartedImage) => Promise<Attached>

/** Prepares containers, so that unsupported options are refused before an image is built. @throws BuildError engine.unsupported */
export function containersOf(engine: Client & { readonly kind: EngineKind }, options: ContainerOptions): Start {
  const wordsOf = engine.kind === 'containerd' ? containerdWords(options) : dockerWords(engine.kind, options)
  return (image) => attach(commandLine(engine, wordsOf(image)))
}

/** Stops a container: sends SIGTERM, and removes it if it still runs after half a second. */
export async function stopContainer(
  engine: Client & { readonly kind: EngineKind },
  name: string,
  { send, ended }: Attached,
): Promise<void> {
  send('SIGTERM')
  const isOver = await Promise.race([ended.then(() => true), pause(graceMilliseconds, false, { ref: false })])
  if (isOver) return
  const words = engine.kind === 'containerd' ? ['task', 'kill', '--signal', 'SIGKILL', name] : ['rm', '--force', name]
  await ask(engine, words, unwatched)
  await ended
}

const graceMilliseconds = 500

type WordsOf = (image: StartedImage) => readonly string[]

function dockerWords(kind: EngineKind, options: ContainerOptions): WordsOf {
  const { ports = [], network, user, interactive = false, rm = true, volumes = [], args = [] } = options
  const flags = [
    ...(rm ? ['--rm'] : []),
    ...(interactive ? ['--interactive'] : []),
    ...(options.tty === true ? ['--tty'] : []),
    ...each('--publish', ports),
    ...each('--volume', volumes),
    ...each('--env', options.env ?? []),
    ...each('--name', [options.name].flatMap(present)),
    ...each('--network', [network].flatMap(present)),
    ...each('--user', [user].flatMap(present)),
  ]
  return ({ name }) => ['run', ...flags, kind === 'podman' ? podmanName(name) : name, ...args]
}

/** `ctr run` has no networks of its own and no named volumes; standard input is always open. */
function containerdWords(options: ContainerOptions): WordsOf {
  const { ports = [], network, user, rm = true, volumes = [], args = [] } = options
  if (ports.length > 0) unsupported('publishes no ports', 'Use --network host.')
  if (network !== undefined && network !== 'host' && network !== 'none')
    unsupported(`has no network named ${JSON.stringify(network)}`, 'Use --network host or none.')
  const flags = [
    ...(rm ? ['--rm'] : []),
    ...(options.tty === true ? ['--tty'] : []),
    ...(network === 'host' ? ['--net-host'] : []),
    ...each('--mount', volumes.map(mountOf)),
    ...each('--env', options.env ?? []),
    ...each('--user', [user].flatMap(present)),
  ]
  return (image) => {
    const { name = `slipway-${randomUUID().slice(0, 8)}` } = options
    const command = args.length === 0 ? [] : [...image.entrypoint, ...args]
    return ['run', ...flags, fullName(image.name), name, ...command]
  }
}

function mountOf(volume: string): string {
  const [source = '', target, mode = 'rw', ...others] = volume.split(':')
  if (target === undefined || others.length > 0 || !/^[./]/.test(source))
    unsupported(`cannot mount ${JSON.stringify(volume)}`, 'Give DIRECTORY:PATH or DIRECTORY:PATH:ro.')
  return `type=bind,src=${resolve(source)},dst=${target},options=rbind:${mode}`
}

function unsupported(fact: string, remedy: string): never {
  return fail('engine.unsupported', `containerd's ctr ${fact}.`, { remedy: `${remedy} Or name another --engine.` })
}

function each(flag: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value) => [flag, value])
}

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value]
}
