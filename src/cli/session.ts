/**
 * Terminal output of one run of the command: data goes to stdout, progress to stderr, and usage errors are printed last.
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
  /** Lines that stricli writes to stderr: held back, since the usage comes first and progress must be cleared. */
  readonly complaints: readonly string[]
  /** Clears the progress display. */
  stop(): void
  /** Exit code of a command that succeeded. */
  exitCode(): number
}

/** Forwarding of signals. */
export interface Passing {
  readonly passSignals: Context['handOver']
}

/** Begins a run. @param quiet - whether to hide all progress; `verbose` prints a line for each part. */
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

/** Returns standard error. Failing to write to it does not affect the command. */
export function errorStream(): NodeJS.WriteStream {
  if (!isWatched) process.stderr.on('error', () => {})
  isWatched = true
  return process.stderr
}

let listening = false

/** Writes to stdout. Accesses `process.stdout` only now: access alone changes how a pipe behaves for code that writes to descriptor 1. */
function writeOut(text: string): void {
  if (!listening) process.stdout.on('error', ended)
  listening = true
  process.stdout.write(text)
}

/** Ends the process. A reader that closes the pipe early, such as `head`, is not a failure. */
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
