/**
 * The command: words → one action, and what came of it → stdout, stderr and the exit code.
 *
 * Only data goes to stdout. Exit codes: 0 done, 1 failed, 2 wrong usage (the usage is shown first), 128 + n after signal n. Commands are
 * one file each; the actions behind them are loaded when they run.
 */
import { type Application, buildApplication, buildRouteMap, ExitCode, run, text_en } from '@stricli/core'
import { BuildError, errorCode } from '../base/error.ts'
import { runningVersion } from '../load/version.ts'
import { buildRoute } from './build.ts'
import type { Context } from './context.ts'
import { gcRoute } from './gc.ts'
import { inspectRoute } from './inspect.ts'
import { errorAsJson, formatError } from './print.ts'
import { type Progress, progressOn } from './progress.ts'
import { streamRoute } from './stream.ts'
import { streamConfRoute } from './stream-conf.ts'

const signals = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/** Runs the command on the process's own arguments and sets its exit code. */
export async function main(): Promise<void> {
  const words = process.argv.slice(2)
  const stopping = stopOnSignals()
  const session = newSession(words, stopping.signal)
  await run(application(session), words, session.context)
  session.progress().stop()
  const code = exitCode(session.context.process.exitCode)
  if (code === 2) process.stderr.write(await usage(words))
  for (const text of session.complaints) process.stderr.write(text)
  process.exitCode = stopping.number() ?? code
}

interface Session {
  readonly context: Context
  readonly complaints: string[]
  readonly progress: () => Progress
  readonly words: readonly string[]
}

function newSession(words: readonly string[], signal: AbortSignal): Session {
  const complaints: string[] = []
  let progress: Progress | undefined
  const quiet = words.includes('--quiet')
  const drawn = (): Progress => {
    progress ??= quiet ? { report: () => {}, stop: () => {} } : progressOn(process.stderr)
    return progress
  }
  signal.addEventListener('abort', () => progress?.stop())
  const context: Context = {
    process: {
      stdout: { write: writeOut },
      stderr: { write: (text) => void complaints.push(text) },
    },
    signal,
    report: (event) => drawn().report(event),
    print: (text) => {
      progress?.stop()
      writeOut(`${text}\n`)
    },
  }
  return { context, complaints, progress: () => progress ?? { report: () => {}, stop: () => {} }, words }
}

let listening = false

/** Touches `process.stdout` only when there is text: touching it changes how a pipe behaves for those who write to descriptor 1. */
function writeOut(text: string): void {
  // A reader that has seen enough, such as `head`, is no failure.
  if (!listening) process.stdout.on('error', (error) => process.exit(errorCode(error) === 'EPIPE' ? 0 : 1))
  listening = true
  process.stdout.write(text)
}

function application({ words, context }: Pick<Session, 'words' | 'context'>): Application<Context> {
  const failed = (thrown: unknown): string => {
    if (words.includes('--json')) context.print(errorAsJson(thrown))
    return formatError(thrown, words.includes('--debug'))
  }
  const routes = {
    build: buildRoute,
    stream: streamRoute,
    inspect: inspectRoute,
    gc: gcRoute,
    'stream-conf': streamConfRoute,
  }
  const root = buildRouteMap({
    routes,
    docs: {
      brief: 'Builds reproducible Docker and OCI images from TypeScript, without Docker',
      hideRoute: { 'stream-conf': true },
    },
  })
  return buildApplication(root, {
    name: 'slipway',
    versionInfo: { currentVersion: runningVersion() },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab', onlyRequiredInUsageLine: true },
    localization: {
      text: {
        ...text_en,
        noCommandRegisteredForInput: (given) => `slipway: ${text_en.noCommandRegisteredForInput(given)}`,
        exceptionWhileParsingArguments: (thrown) => `slipway: ${text_en.exceptionWhileParsingArguments(thrown, false)}`,
        exceptionWhileLoadingCommandFunction: failed,
        exceptionWhileRunningCommand: failed,
        commandErrorResult: failed,
      },
    },
  })
}

/** The usage lines of the command that was meant, or of all when none was. */
async function usage(words: readonly string[]): Promise<string> {
  const session = newSession([], new AbortController().signal)
  const printed: string[] = []
  const context = {
    ...session.context,
    process: { stdout: { write: (text: string) => void printed.push(text) }, stderr: session.context.process.stderr },
  }
  await run(
    application({ words: [], context }),
    [...words.slice(0, 1).filter((word) => /^[a-z]/.test(word)), '--help'],
    context,
  )
  if (printed.length === 0) await run(application({ words: [], context }), ['--help'], context)
  return `${printed.join('').split('\n\n')[0]?.trimEnd()}\n\n`
}

function exitCode(code: number | string | null | undefined): 0 | 1 | 2 {
  if (code === ExitCode.UnknownCommand || code === ExitCode.InvalidArgument) return 2
  return code === 0 ? 0 : 1
}

/** What has not stopped by then, such as a file that waits for ever, is not waited for. */
const graceMilliseconds = 3000

/** The first signal asks the work to stop and clean up; the second ends the process as it would without us. */
function stopOnSignals(): { readonly signal: AbortSignal; readonly number: () => number | undefined } {
  const controller = new AbortController()
  let code: number | undefined
  for (const [name, number] of Object.entries(signals)) {
    process.once(name, () => {
      code = 128 + number
      controller.abort(new BuildError('interrupted', 'Interrupted.', { signal: name }))
      setTimeout(() => process.exit(128 + number), graceMilliseconds).unref()
    })
  }
  return { signal: controller.signal, number: () => code }
}
