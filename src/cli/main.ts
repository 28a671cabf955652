/**
 * The command: runs one action for its arguments and reports the result on stdout, stderr and as the exit code.
 *
 * Only data goes to stdout. Exit codes: 0 done, 1 failed, 2 wrong usage (the usage is shown first), 128 + n after signal n; of `run` the
 * container's. Commands are one file each; their actions are loaded when they run.
 */
import { isatty } from 'node:tty'
import { ExitCode, run } from '@stricli/core'
import { BuildError } from '../base/error.ts'
import { machineFailure } from '../base/machine-failure.ts'
import { checkUtf8 } from '../base/real-path.ts'
import { application, usageOf } from './application.ts'
import { errorAsJson, formatError, printableComplaint } from './print.ts'
import { errorStream, newSession, type Passing } from './session.ts'

const signals = { SIGINT: 2, SIGTERM: 15 } as const

/** Signals that a terminal sends to its whole foreground process group. */
const terminalSignals = ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const

/** Time after which work that has not stopped, such as a file that never finishes loading, is abandoned. */
const graceMilliseconds = 3000

/** Runs the command on the process's own arguments and sets its exit code. */
export async function main(): Promise<void> {
  const words = process.argv.slice(2)
  const stopping = stopOnSignals()
  const { context, complaints, stop, exitCode } = newSession(stopping, {
    quiet: words.includes('--quiet'),
    verbose: words.includes('--verbose'),
  })
  const failed = (error: unknown): string => {
    const thrown = machineFailure(error)
    if (words.includes('--json')) context.print(errorAsJson(thrown))
    return formatError(thrown, words.includes('--debug'))
  }
  let isRejected = false
  // Of a promise in the user's file that nothing awaits.
  process.on('unhandledRejection', (thrown) => {
    isRejected = true
    process.exitCode = 1
    errorStream().write(`${failed(thrown)}\n`)
  })
  const misread = misreadWord(words)
  if (misread === undefined) await run(application(failed), words, context)
  else context.process.stderr.write(`${failed(misread)}\n`)
  stop()
  const code = misread === undefined ? codeOf(context.process.exitCode) : 1
  if (code === 2) errorStream().write(await usageOf(words, context))
  for (const text of complaints) errorStream().write(printableComplaint(text))
  process.exitCode = stopping.number() ?? (code === 0 ? exitCode() || Number(isRejected) : code)
}

/** Finds arguments that Node could not decode. */
function misreadWord(words: readonly string[]): unknown {
  try {
    for (const word of words) checkUtf8(word, 'An argument')
    return undefined
  } catch (error) {
    return error
  }
}

function codeOf(code: number | string | null | undefined): 0 | 1 | 2 {
  if (code === ExitCode.UnknownCommand || code === ExitCode.InvalidArgument) return 2
  return code === 0 ? 0 : 1
}

interface Stopping extends Passing {
  readonly signal: AbortSignal
  readonly endOnSignals: () => void
  readonly number: () => number | undefined
}

/** The first signal asks the work to stop and clean up; the second ends the process as it would without a handler. */
function stopOnSignals(): Stopping {
  const controller = new AbortController()
  let code: number | undefined
  const handlers = Object.entries(signals).map(([name, number]) => {
    const handle = (): void => {
      code = 128 + number
      controller.abort(new BuildError('interrupted', 'Interrupted.', { signal: name }))
      setTimeout(() => process.exit(128 + number), graceMilliseconds).unref()
    }
    process.once(name, handle)
    return () => process.removeListener(name, handle)
  })
  const endOnSignals = (): void => {
    for (const remove of handlers) remove()
  }
  return {
    signal: controller.signal,
    endOnSignals,
    passSignals: (send) => {
      endOnSignals()
      process.on('SIGTERM', () => send('SIGTERM'))
      for (const name of terminalSignals) process.on(name, () => (isOnTerminal() ? undefined : send(name)))
    },
    number: () => code,
  }
}

function isOnTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor))
}
