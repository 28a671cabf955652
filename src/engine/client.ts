/** Calls a container engine's command and reports its failures. */
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
  /** Program and first arguments of every call, such as `ctr --namespace k8s.io`. */
  readonly words: readonly string[]
}

/** Options of a call. */
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

/** Calls an engine. @throws BuildError engine.failed - with the engine's output; the signal's reason */
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

/** Does the same for queries that may fail in part: returns what was printed. */
export async function ask(client: Client, args: readonly string[], calling: Calling): Promise<string> {
  return (await execute(commandLine(client, args), calling)).out
}

/** Returns the full command line of a call. */
export function commandLine({ via, words }: Pick<Client, 'via' | 'words'>, args: readonly string[]): readonly string[] {
  return throughVia(via, [...words, ...args])
}

/** Tells whether an error is the engine's, not that of this machine or the image. */
export function isEngineFailure(thrown: unknown): boolean {
  return thrown instanceof BuildError && thrown.code === 'engine.failed'
}

/** Joins the last lines of the output. */
function reasonOf(said: string): string {
  const lines = said.trim().split('\n').slice(-mostLines)
  const text = lines.map((line) => line.trim()).join(' / ')
  return text === '' ? 'it printed nothing' : text.replace(/\.$/, '')
}

const mostLines = 5
