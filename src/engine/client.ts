/** A container engine's command, with what all its calls begin with, and how its failures are reported. */
import type { Bytes } from '../base/bytes.ts'
import { BuildError, fail } from '../base/error.ts'
import { execute } from './program.ts'
import { throughVia } from './via.ts'

/** The command of one engine. */
export interface Client {
  /** Name and version for messages, such as "docker 20.10.24". */
  readonly title: string
  /** Program and arguments that run the engine's command elsewhere. */
  readonly via: readonly string[]
  /** Program and arguments that every call begins with, such as `ctr --namespace k8s.io`. */
  readonly words: readonly string[]
}

/** What a call works with. */
export interface Calling {
  readonly signal: AbortSignal
  readonly input?: Bytes
}

/** Result of a call that succeeded. */
export interface Answer {
  readonly out: string
  /** Bytes that were written to the command's standard input. */
  readonly fed: number
}

/** Calls an engine. @throws BuildError engine.failed - with what the engine printed; the signal's reason */
export async function call(client: Client, args: readonly string[], calling: Calling): Promise<Answer> {
  const { title } = client
  const { status, out, said, fed } = await execute(commandLine(client, args), calling)
  if (status === 0) return { out, fed }
  const [command = '', ...shown] = args
  return fail('engine.failed', `${title}: "${[command, ...shown.slice(0, 1)].join(' ')}" failed: ${reasonOf(said)}.`, {
    remedy: 'Check the engine, and run the command again.',
    detail: { engine: title, status: status ?? -1 },
  })
}

/** The same for questions that may fail in part: what was printed counts. */
export async function ask(client: Client, args: readonly string[], calling: Calling): Promise<string> {
  return (await execute(commandLine(client, args), calling)).out
}

/** All words of a call. */
export function commandLine({ via, words }: Pick<Client, 'via' | 'words'>, args: readonly string[]): readonly string[] {
  return throughVia(via, [...words, ...args])
}

/** Tells whether an engine failed, as against this machine or the image. */
export function isEngineFailure(thrown: unknown): boolean {
  return thrown instanceof BuildError && thrown.code === 'engine.failed'
}

/** The last lines of what was printed, in one. */
function reasonOf(said: string): string {
  const lines = said.trim().split('\n').slice(-mostLines)
  const text = lines.map((line) => line.trim()).join(' / ')
  return text === '' ? 'it printed nothing' : text.replace(/\.$/, '')
}

const mostLines = 5
