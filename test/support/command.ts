/** Runs the real tools that tests compare with: returns their output, or throws an error with it. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Bytes, collect } from '../../src/base/bytes.ts'

/** Input of a command. */
export interface CommandOptions {
  /** Its standard input. */
  readonly input?: Bytes
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Runs a command and returns its output. @throws Error if its status is not 0, with its standard error */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { env, cwd, input } = options
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => resolve(signal ?? String(status)))
  })
  const [status, out, said] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
    feed(input, child.stdin),
  ])
  if (status !== '0') throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${said}${out}`)
  return out
}

/**
 * Why tests that need these programs are skipped: the names of the missing ones; false if all are installed.
 *
 * @throws Error if one is missing and SLIPWAY_TEST_STRICT is set, as in `.ci/run` after it has installed all
 */
export function missing(...programs: readonly string[]): string | false {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  const absent = programs.filter((program) => !folders.some((folder) => isExecutable(join(folder, program))))
  if (absent.length === 0) return false
  if (process.env.SLIPWAY_TEST_STRICT === '1') throw new Error(`${absent.join(', ')} should be installed`)
  return `${absent.join(', ')} not installed`
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function text(stream: Readable | null): Promise<string> {
  return stream === null ? '' : Buffer.from(await collect(stream)).toString('utf8')
}

// A command that ends before it has read everything reports the reason itself.
async function feed(input: Bytes | undefined, stdin: NodeJS.WritableStream | null): Promise<void> {
  if (input === undefined || stdin === null) return
  await pipeline(Readable.from(input), stdin).catch(() => {})
}
