/** Runs the programs of container engines, on this machine or through a prefix such as `docker exec -i NODE`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { Bytes } from '../base/bytes.ts'
import { errorCode, fail, messageOf } from '../base/error.ts'

/** Result of a program that ran to its end. */
export interface Ended {
  /** Exit code; undefined if a signal ended the program or it could not be started. */
  readonly status: number | undefined
  /** Whether the program is not installed. */
  readonly isMissing: boolean
  /** Standard output. */
  readonly out: string
  /** End of standard error. */
  readonly said: string
  /** Bytes that were written to its standard input. */
  readonly fed: number
}

/** Options for running a program. */
export interface Running {
  readonly signal: AbortSignal
  /** Bytes for its standard input; each chunk is used before the next is asked for. Default: none. */
  readonly input?: Bytes
}

/** Runs a program to its end. @throws the signal's reason; errors of reading the input */
export async function execute([program = '', ...words]: readonly string[], { signal, input }: Running): Promise<Ended> {
  signal.throwIfAborted()
  const child = spawn(program, words, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
  const stop = (): void => void child.kill()
  signal.addEventListener('abort', stop)
  try {
    const refused = await once(child, 'spawn').then(() => undefined, notStarted)
    return refused ?? (await finished(child, input))
  } finally {
    signal.removeEventListener('abort', stop)
    signal.throwIfAborted()
  }
}

function notStarted(error: unknown): Ended {
  const isMissing = errorCode(error) === 'ENOENT'
  return { status: undefined, isMissing, out: '', said: isMissing ? 'not installed' : messageOf(error), fed: 0 }
}

async function finished(child: ChildProcess, input: Bytes | undefined): Promise<Ended> {
  const closed = once(child, 'close')
  const [fed, out, said] = await Promise.allSettled([
    feed(child, input),
    textOf(child.stdout, Number.POSITIVE_INFINITY),
    textOf(child.stderr, mostSaid),
  ])
  await closed
  for (const part of [fed, out, said]) if (part.status === 'rejected') throw part.reason
  return {
    status: child.exitCode ?? undefined,
    isMissing: false,
    out: resultOf(out, ''),
    said: resultOf(said, ''),
    fed: resultOf(fed, 0),
  }
}

function resultOf<T>(settled: PromiseSettledResult<T>, otherwise: T): T {
  return settled.status === 'fulfilled' ? settled.value : otherwise
}

/** Maximum number of characters of standard error that are kept. */
const mostSaid = 8192

async function textOf(stream: Readable | null, most: number): Promise<string> {
  let text = ''
  for await (const chunk of stream?.setEncoding('utf8') ?? []) {
    text += chunk
    if (text.length > 2 * most) text = text.slice(-most)
  }
  return text.slice(-Math.min(most, text.length))
}

/** Writes the input. A program that closes its input early reports the reason itself; one whose input fails is stopped. */
async function feed(child: ChildProcess, input: Bytes | undefined): Promise<number> {
  const { stdin } = child
  if (stdin === null || input === undefined) return 0
  let fed = 0
  stdin.on('error', () => {})
  try {
    for await (const chunk of input) {
      if (!(await written(stdin, chunk))) return fed
      fed += chunk.length
    }
  } catch (thrown) {
    child.kill()
    throw thrown
  }
  stdin.end()
  return fed
}

/** Writes a chunk and tells whether the program accepted it. */
function written(stdin: Writable, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => stdin.write(chunk, (error) => resolve(error === null || error === undefined)))
}

/** Signals that are passed on to a program. */
export type PassedSignal = 'SIGHUP' | 'SIGINT' | 'SIGQUIT' | 'SIGTERM' | 'SIGUSR1' | 'SIGUSR2'

/** A program that runs on this process's standard streams. */
export interface Attached {
  /** Sends it a signal. */
  send(signal: PassedSignal): void
  /** Exit code as in shells: 128 + n after signal n. */
  readonly ended: Promise<number>
}

/** Starts a program on this process's standard input, output and error. @throws BuildError engine.failed - it cannot be started */
export async function attach([program = '', ...words]: readonly string[]): Promise<Attached> {
  const child = spawn(program, words, { stdio: 'inherit' })
  const ended = once(child, 'close').then(() => exitCode(child))
  ended.catch(() => {})
  try {
    await once(child, 'spawn')
  } catch (cause) {
    fail('engine.failed', `${program} cannot be started: ${messageOf(cause)}.`, { remedy: 'Install it.', cause })
  }
  return { send: (signal) => void child.kill(signal), ended }
}

function exitCode({ exitCode, signalCode }: ChildProcess): number {
  return exitCode ?? 128 + (signalCode === null ? 0 : constants.signals[signalCode])
}
