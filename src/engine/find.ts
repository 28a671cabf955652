/** Finds the container engine to use: docker, podman or containerd, the first one that answers. */
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import type { Platform } from '../image/platform.ts'
import { platformNamed } from '../image/platform.ts'
import { type Client, commandLine } from './client.ts'
import { prepareContainerd } from './containerd.ts'
import { prepareDocker } from './docker.ts'
import { prepareDockerContents } from './docker-contents.ts'
import type { Engine, EngineKind } from './engine.ts'
import { preparePodman } from './podman.ts'
import { type Ended, execute } from './program.ts'

/** Selects an engine. */
export interface EngineChoice {
  /** Kind of engine. Default: containerd if `namespace` is given, else the first of docker, podman and containerd that answers. */
  readonly engine?: EngineKind
  /** Address of the engine, as for `docker --host`, `podman --url` and `ctr --address`. Default: that of the engine's own settings. */
  readonly address?: string
  /** Namespace of containerd, such as "k8s.io". Default: "k8s.io" with `via`, else containerd's own default. */
  readonly namespace?: string
  /**
   * Program and arguments that run the engine's command elsewhere. Default: none.
   *
   * @example ['docker', 'exec', '-i', 'kind-control-plane']
   */
  readonly via?: readonly string[]
}

/** Result of looking for an engine. */
export interface Probed {
  readonly kind: EngineKind
  readonly engine?: Engine
  /** Reason why it was not found. */
  readonly reason: string
  /** Whether its program is not installed. */
  readonly isMissing: boolean
}

/** Kinds of engines, in the order in which they are tried. */
export const engineKinds: readonly EngineKind[] = ['docker', 'podman', 'containerd']

/** Finds an engine. @throws BuildError engine.absent; the signal's reason */
export async function findEngine(choice: EngineChoice, signal: AbortSignal): Promise<Engine> {
  const wanted = choice.engine ?? (choice.namespace === undefined ? undefined : 'containerd')
  const reasons: string[] = []
  for (const kind of wanted === undefined ? engineKinds : [wanted]) {
    const { engine, reason } = await probe(kind, choice, signal)
    if (engine !== undefined) return engine
    reasons.push(`${kind} ${reason}`)
  }
  return fail('engine.absent', `No container engine answers: ${reasons.join('; ')}.`, {
    remedy: 'Start one, or name it with --engine and --address.',
  })
}

/** Looks for one kind of engine. @throws the signal's reason */
export async function probe(kind: EngineKind, choice: EngineChoice, signal: AbortSignal): Promise<Probed> {
  const command = { via: choice.via ?? [], words: wordsOf(kind, choice) }
  const limited = AbortSignal.any([signal, AbortSignal.timeout(mostMilliseconds)])
  try {
    const answer = await execute(commandLine(command, questions[kind]), { signal: limited })
    const engine = engineIn(kind, command, answer)
    const { isMissing } = answer
    return { kind, reason: reasonIn(answer), isMissing, ...(engine === undefined ? {} : { engine }) }
  } catch (thrown) {
    if (signal.aborted || !limited.aborted) throw thrown
    return { kind, reason: `does not answer within ${mostMilliseconds / 1000} seconds`, isMissing: false }
  }
}

const mostMilliseconds = 15_000

const questions: Readonly<Record<EngineKind, readonly string[]>> = {
  docker: ['info', '--format', '{{json .}}'],
  podman: ['version', '--format', '{{.Client.Version}}'],
  containerd: ['version'],
}

/** Returns the first arguments of an engine's commands. */
function wordsOf(kind: EngineKind, { address, namespace, via = [] }: EngineChoice): readonly string[] {
  const at = (flag: string): readonly string[] => (address === undefined ? [] : [flag, address])
  if (kind === 'docker') return ['docker', ...at('--host')]
  if (kind === 'podman') return ['podman', ...at('--url')]
  const space = namespace ?? (via.length > 0 ? 'k8s.io' : undefined)
  return ['ctr', ...at('--address'), ...(space === undefined ? [] : ['--namespace', space])]
}

type Command = Pick<Client, 'via' | 'words'>

function engineIn(kind: EngineKind, command: Command, { status, out }: Ended): Engine | undefined {
  if (kind === 'docker') return dockerIn(command, out)
  if (status !== 0) return undefined
  const version = (kind === 'podman' ? out : (/Server:\s+Version:\s*(\S+)/.exec(out)?.[1] ?? '')).trim()
  const client: Client = { title: `${kind} ${version}`.trim(), ...command }
  const prepare: Engine['prepare'] = (calling) =>
    kind === 'podman' ? preparePodman(client, calling) : prepareContainerd(client, calling)
  return { ...client, kind, prepare }
}

/** Parses `docker info`, whose output is different if podman answers in docker's place. */
function dockerIn(command: Command, out: string): Engine | undefined {
  const info = infoIn(out)
  if (isPlainObject(info.host)) return podmanAsDocker(command, info)
  if (typeof info.ServerVersion !== 'string' || info.ServerVersion === '') return undefined
  const client: Client = { title: `docker ${info.ServerVersion}`, ...command }
  const prepare: Engine['prepare'] = (calling) =>
    hasContentStore(info) ? prepareDockerContents(client, calling) : prepareDocker(client, calling)
  return { ...client, kind: 'docker', prepare, ...platformIn(info) }
}

function podmanAsDocker(command: Command, info: Readonly<Record<string, unknown>>): Engine {
  const { version } = info
  const number = isPlainObject(version) && typeof version.Version === 'string' ? version.Version : ''
  const client: Client = { title: `podman ${number}`.trim(), ...command }
  return { ...client, kind: 'podman', prepare: (calling) => preparePodman(client, calling) }
}

function infoIn(out: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(out)
    return isPlainObject(value) ? value : {}
  } catch {
    return {}
  }
}

function hasContentStore({ DriverStatus }: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(DriverStatus ?? null).includes('io.containerd.snapshotter')
}

function platformIn({ Architecture, OSType }: Readonly<Record<string, unknown>>): { readonly platform?: Platform } {
  if (typeof Architecture !== 'string' || typeof OSType !== 'string') return {}
  return { platform: { ...platformNamed(Architecture), os: OSType } }
}

function reasonIn({ isMissing, said, status }: Ended): string {
  if (isMissing) return 'is not installed'
  const [line = ''] = said.trim().split('\n').slice(-1)
  return line === '' ? `ended with ${status ?? 'a signal'}` : `does not answer (${line.replace(/\.$/, '')})`
}
