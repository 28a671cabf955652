/** Reports a failed command: which line of which script, its last output, and the log of all output. */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import { errorCode, fail } from '../base/error.ts'
import type { Ended } from './outer.ts'
import type { Job } from './sandbox.ts'

/** Number of logs of failed commands to keep. */
const mostLogs = 20

/** Log of a job's output, a file that remains only if the job fails. */
export class Log implements Disposable {
  readonly file: string
  readonly #descriptor: number
  #isKept = false

  constructor(folder: string, job: Job) {
    const logs = join(folder, 'logs')
    mkdirSync(logs, { recursive: true, mode: 0o700 })
    forgetOld(logs)
    this.file = free(logs, job.name.replace(/[^0-9A-Za-z._-]/g, '-'))
    this.#descriptor = openSync(this.file, 'w', 0o600)
  }

  /** Adds output. A full disk truncates the log; the command's own writes fail, too. */
  add(chunk: Uint8Array): void {
    try {
      writeSync(this.#descriptor, chunk)
    } catch (error) {
      if (errorCode(error) !== 'ENOSPC' && errorCode(error) !== 'EDQUOT') throw error
    }
  }

  keep(): void {
    this.#isKept = true
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
    if (!this.#isKept) rmSync(this.file, { force: true })
  }
}

function free(logs: string, name: string): string {
  const taken = new Set(readdirSync(logs))
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? `${name}.log` : `${name}-${number}.log`
    if (!taken.has(candidate)) return join(logs, candidate)
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
export function failureOf({ status, reported, said }: Ended): Failure {
  let script = 0
  let failed: { readonly line: number; readonly command: string } | undefined
  let ended: string | undefined
  for (const record of reported.split('\0')) {
    const [, word, rest = ''] = /^(script|failed|ended) ([\s\S]*)$/.exec(record) ?? []
    if (word === 'script') {
      script = Number.parseInt(rest, 10)
      failed = undefined
      ended = undefined
    } else if (word === 'failed') {
      const [, code, line, command = ''] = /^(\d+) (\d+) ([\s\S]*)$/.exec(rest) ?? []
      // The innermost failure of a chain is reported first; one that the script survived had another status or another line after it.
      if (Number(code) === status && failed === undefined) failed = { line: Number(line), command }
    } else if (word === 'ended') ended = rest.replace(/^\d+ /, '')
  }
  const syntax = new RegExp(`script-${script}: line (\\d+): `).exec(said)?.[1]
  if (failed !== undefined && (ended === undefined || sameCommand(ended, failed.command)))
    return { script, status, ...failed }
  if (syntax !== undefined) return { script, status, line: Number(syntax), command: undefined }
  return { script, status, line: undefined, command: ended }
}

function sameCommand(ended: string, failed: string): boolean {
  return ended === failed || !ended.startsWith('exit')
}

/** @throws BuildError command.failed, always */
export function commandFailed(job: Job, ended: Ended, log: Log): never {
  log.keep()
  const isOver = ended.reported.includes('done\0')
  const { script, line, command, status } = failureOf(ended)
  const { place = 'commands', where: lineIn } = job.scripts[script] ?? {}
  const at = line === undefined ? undefined : lineIn?.(line)
  const where = line === undefined ? '' : at === undefined ? `, line ${line}` : ` at ${at}`
  const what = command === undefined ? '' : ` (${shortened(command)})`
  const fact = isOver
    ? `The result of ${place} of ${job.name} cannot be read.`
    : `${place} of ${job.name} failed${where}${what}: ${reasonOf(status)}.`
  const last = lastLines(ended.said)
  return fail('command.failed', `${fact}${last === '' ? '' : ` Its last output:\n${last}\n`}`, {
    remedy: `Correct the command. Its complete output is in ${log.file}.`,
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
  return `exit status ${status}`
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
