/** Reports a failed command: which line of which script, its last output, and the log of all output. */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, join } from 'node:path'
import { errorCode, fail } from '../base/error.ts'
import type { Ended } from './outer.ts'
import type { Job } from './sandbox.ts'

/** Number of logs of failed commands to keep. */
const mostLogs = 20

/** Maximum size of a log, in bytes: scripts that print without end must not fill the disk. */
const longestLog = 64 * 2 ** 20

/** Log of a job's output, a file that remains only if the job fails. */
export class Log implements Disposable {
  readonly file: string
  readonly #descriptor: number
  #isKept = false
  #room: number

  /** @param longest - maximum size, in bytes */
  constructor(folder: string, job: Job, longest: number = longestLog) {
    this.#room = longest
    const logs = join(folder, 'logs')
    mkdirSync(logs, { recursive: true, mode: 0o700 })
    forgetOld(logs)
    const { file, descriptor } = created(logs, job.name.replace(/[^0-9A-Za-z._-]/g, '-'))
    this.file = file
    this.#descriptor = descriptor
  }

  /** Adds output. A full disk truncates the log; the command's own writes fail, too. */
  add(chunk: Uint8Array): void {
    const part = chunk.subarray(0, this.#room)
    if (part.length === 0) return
    this.#room -= part.length
    try {
      writeSync(this.#descriptor, part)
    } catch (error) {
      if (errorCode(error) !== 'ENOSPC' && errorCode(error) !== 'EDQUOT') throw error
    }
  }

  /** Whether it has all output. */
  get isWhole(): boolean {
    return this.#room > 0
  }

  keep(): void {
    this.#isKept = true
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
    if (!this.#isKept) rmSync(this.file, { force: true })
  }
}

/** Creates a log with a name of its own: builds of images with one name may run at once. */
function created(logs: string, name: string): { readonly file: string; readonly descriptor: number } {
  for (let number = 1; ; number++) {
    const file = join(logs, number === 1 ? `${name}.log` : `${name}-${number}.log`)
    try {
      return { file, descriptor: openSync(file, 'wx', 0o600) }
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
  }
}

function forgetOld(logs: string): void {
  const known = readdirSync(logs)
    .map((name) => ({
      file: join(logs, name),
      time: statSync(join(logs, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .sort((a, b) => b.time - a.time)
  for (const { file } of known.slice(mostLogs)) rmSync(file, { force: true })
}

/** Where a script ended. */
export interface Failure {
  /** Number of the script. */
  readonly script: number
  /** Line in the script, from 1; undefined if the shell did not report it. */
  readonly line: number | undefined
  readonly command: string | undefined
  readonly status: number
}

/** Finds the failing line in the reports of the scripts' shells. The reports are untrusted: they are only displayed. */
export function failureOf({ status, reported, said }: Ended, scripts: readonly { readonly text: string }[]): Failure {
  let script = 0
  let failed: Failed | undefined
  let ended: string | undefined
  let frames: string[] = []
  for (const record of reported.split('\0')) {
    const [, word, rest = ''] = /^(script|failed|at|ended) ([\s\S]*)$/.exec(record) ?? []
    if (word === 'script') {
      script = Number.parseInt(rest, 10)
      failed = undefined
      ended = undefined
    } else if (word === 'failed') {
      const [, code, line, command = ''] = /^(\d+) (\d+) ([\s\S]*)$/.exec(rest) ?? []
      frames = []
      // The innermost failure of a chain is reported first; one that the script survived had another status or another line after it.
      if (Number(code) === status && failed === undefined) failed = { line: Number(line), command, frames }
    } else if (word === 'at') frames.push(rest)
    else if (word === 'ended') ended = rest.replace(/^\d+ /, '')
  }
  if (failed !== undefined && (ended === undefined || sameCommand(ended, failed.command)))
    return { script, status, line: lineOf(failed, script), command: failed.command }
  const line = ended?.startsWith('exit') ? undefined : lineSaid(said, script)
  if (line !== undefined) return { script, status, line, command: undefined }
  return { script, status, line: onlyLine(scripts[script]?.text, ended), command: ended }
}

interface Failed {
  readonly line: number
  readonly command: string
  /** Files of the calls in progress, innermost first, then the lines of these calls (bash(1), BASH_SOURCE and BASH_LINENO). */
  readonly frames: readonly string[]
}

/** The line of the script itself: that of the call, if a file that it reads failed. */
function lineOf({ line, frames }: Failed, script: number): number {
  const files = frames.slice(0, frames.length / 2)
  const own = files.findIndex((file) => file.endsWith(`/script-${script}`))
  return own > 0 ? Number(frames[files.length + own - 1]) : line
}

/** The line in bash's own last message, about syntax or a variable that is not set. */
function lineSaid(said: string, script: number): number | undefined {
  const last = said.trimEnd().split('\n').slice(-2).join('\n')
  const line = new RegExp(`script-${script}: line (\\d+): `).exec(last)?.[1]
  return line === undefined ? undefined : Number(line)
}

/** The line with a command, if only one has it. */
function onlyLine(text: string | undefined, command: string | undefined): number | undefined {
  if (text === undefined || command === undefined) return undefined
  const lines = text.split('\n')
  const found = lines.flatMap((line, index) => (commandsIn(line).includes(command) ? [index + 1] : []))
  return found.length === 1 ? found[0] : undefined
}

function sameCommand(ended: string, failed: string): boolean {
  return ended === failed || !ended.startsWith('exit')
}

function commandsIn(line: string): readonly string[] {
  return line.split(/[;&|(){}]|\b(?:then|else|do)\b/).map((part) => part.trim())
}

/** @throws BuildError command.failed, always */
export function commandFailed(job: Job, ended: Ended, log: Log): never {
  log.keep()
  const isOver = ended.reported.includes('done\0')
  const { script, line, command, status } = failureOf(ended, job.scripts)
  const { place = 'commands', where: lineIn } = job.scripts[script] ?? {}
  const at = line === undefined ? undefined : lineIn?.(line)
  const where = line === undefined ? '' : at === undefined ? `, line ${line}` : ` at ${at}`
  const what = command === undefined ? '' : ` (${shortened(command)})`
  const fact = isOver
    ? `The result of ${place} of ${job.name} cannot be read.`
    : `${place} of ${job.name} failed${where}${what}: ${reasonOf(status)}.`
  const last = lastLines(ended.said)
  return fail('command.failed', `${fact}${last === '' ? '' : ` Its last output:\n${last}\n`}`, {
    remedy: `Correct the command. ${log.isWhole ? 'Its complete output' : 'The beginning of its output'} is in ${log.file}.`,
    detail: {
      place,
      script,
      status,
      log: basename(log.file),
      file: log.file,
      ...(line === undefined ? {} : { line }),
      ...(at === undefined ? {} : { at }),
    },
  })
}

function reasonOf(status: number): string {
  if (status === 127) return 'exit status 127, command not found'
  if (status === 137) return 'exit status 137, killed (SIGKILL), perhaps because memory ran out'
  const [signal] = Object.entries(constants.signals).find(([, number]) => number + 128 === status) ?? []
  return signal === undefined ? `exit status ${status}` : `exit status ${status}, as by ${signal}`
}

function shortened(command: string): string {
  const [first = ''] = command.split('\n')
  return first.length > 120 ? `${first.slice(0, 117)}...` : first
}

/** Last lines of a log, without control characters. */
function lastLines(said: string): string {
  return (
    said
      .trimEnd()
      .split('\n')
      .slice(-10)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them.
      .map((line) => `  ${line.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '?').slice(0, 300)}`)
      .join('\n')
      .trimEnd()
  )
}
