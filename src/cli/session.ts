/**
 * One run of the command seen from its terminal: data goes to stdout, progress to stderr, complaints wait until all else is printed.
 */
import { errorCode } from '../base/error.ts'
import type { BuildEvent } from '../base/event.ts'
import type { Context } from './context.ts'
import { type Progress, progressOn } from './progress.ts'
import { spareMemory } from './spare-memory.ts'

/** A run in progress. */
export interface Session {
  readonly context: Context
  /** What stricli says on stderr: held back, since the usage comes first and progress must be out of the way. */
  readonly complaints: readonly string[]
  /** Takes progress away. */
  stop(): void
}

/** Begins a run. @param quiet - no progress at all */
export function newSession(
  { signal, endOnSignals }: Pick<Context, 'signal' | 'endOnSignals'>,
  { quiet }: { readonly quiet: boolean },
): Session {
  const complaints: string[] = []
  let progress: Progress | undefined
  const stop = (): void => progress?.stop()
  let isAtWork = false
  const report = (event: BuildEvent): void => {
    if (!isAtWork) void spareMemory()
    isAtWork = true
    if (quiet) return
    progress ??= progressOn(process.stderr)
    progress.report(event)
  }
  const print = (text: string): void => {
    stop()
    writeOut(`${text}\n`)
  }
  signal.addEventListener('abort', stop)
  const streams = { stdout: { write: writeOut }, stderr: { write: (text: string) => void complaints.push(text) } }
  const context = { process: streams, signal, endOnSignals, report, print }
  return { context, complaints, stop }
}

let listening = false

/** Touches `process.stdout` only when there is text: touching it changes how a pipe behaves for those who write to descriptor 1. */
function writeOut(text: string): void {
  // A reader that has seen enough, such as `head`, is no failure.
  if (!listening) process.stdout.on('error', (error) => process.exit(errorCode(error) === 'EPIPE' ? 0 : 1))
  listening = true
  process.stdout.write(text)
}
