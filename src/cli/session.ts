/**
 * One run of the command seen from its terminal: data goes to stdout, progress to stderr, complaints wait until all else is printed.
 */
import { millisecondsNow } from '../actions/clock.ts'
import { caught, errorCode } from '../base/error.ts'
import type { BuildEvent } from '../base/event.ts'
import type { Context } from './context.ts'
import { formatError } from './print.ts'
import { progressOn } from './progress.ts'
import type { Progress } from './progress-lines.ts'
import { spareMemory } from './spare-memory.ts'
import { refuseOutput } from './standard-output.ts'

/** A run in progress. */
export interface Session {
  readonly context: Context
  /** What stricli says on stderr: held back, since the usage comes first and progress must be out of the way. */
  readonly complaints: readonly string[]
  /** Takes progress away. */
  stop(): void
  /** Exit code of a command that succeeded. */
  exitCode(): number
}

/** How signals are passed on. */
export interface Passing {
  readonly passSignals: (send: (signal: NodeJS.Signals) => void) => void
}

/** Begins a run. @param quiet - shows no progress at all; `verbose`, a line for each part. */
export function newSession(
  { signal, endOnSignals, passSignals }: Pick<Context, 'signal' | 'endOnSignals'> & Passing,
  { quiet, verbose }: { readonly quiet: boolean; readonly verbose: boolean },
): Session {
  const complaints: string[] = []
  let progress: Progress | undefined
  const stop = (): void => progress?.stop()
  let isAtWork = false
  const report = (event: BuildEvent): void => {
    if (!isAtWork) void spareMemory()
    isAtWork = true
    if (quiet) return
    progress ??= progressOn(errorStream(), { verbose, now: millisecondsNow })
    progress.report(event)
  }
  const print = (text: string): void => {
    stop()
    writeOut(`${text}\n`)
  }
  signal.addEventListener('abort', stop)
  const streams = { stdout: { write: writeOut }, stderr: { write: (text: string) => void complaints.push(text) } }
  let exitCode = 0
  const exitWith = (code: number): void => {
    exitCode = code
  }
  const handOver: Context['handOver'] = (send) => {
    stop()
    passSignals(send)
  }
  const context = { process: streams, signal, endOnSignals, handOver, exitWith, report, print }
  return { context, complaints, stop, exitCode: () => exitCode }
}

let isWatched = false

/** Standard error. That it takes no more changes nothing of what the command does. */
export function errorStream(): NodeJS.WriteStream {
  if (!isWatched) process.stderr.on('error', () => {})
  isWatched = true
  return process.stderr
}

let listening = false

/** Touches `process.stdout` only when there is text: touching it changes how a pipe behaves for those who write to descriptor 1. */
function writeOut(text: string): void {
  if (!listening) process.stdout.on('error', ended)
  listening = true
  process.stdout.write(text)
}

/** A reader that has seen enough, such as `head`, is no failure. */
function ended(cause: Error): never {
  if (errorCode(cause) === 'EPIPE') process.exit(0)
  errorStream().write(
    formatError(
      caught(() => refuseOutput(cause)),
      false,
    ),
  )
  process.exit(1)
}
