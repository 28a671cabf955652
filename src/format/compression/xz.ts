/**
 * xz (any number of streams, padding between them), decoded by a native library, or by the `xz` program where the library's part for this
 * platform was not installed.
 *
 * Only the library's stream is used: its one-call forms put out any amount of bytes at once. From file to file the program is faster by
 * half: no byte passes through this process.
 */
import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { ReadableStream } from 'node:stream/web'
import { fail } from '../../base/error.ts'
import { machineFailure } from '../../base/machine-failure.ts'
import type { Input } from './input.ts'

/** Unpacks xz. `load` gives the library's decoder, or undefined where it cannot run. */
export async function* unxz(
  input: Input,
  load: () => Promise<Decode | undefined> = loadLibrary,
): AsyncGenerator<Uint8Array> {
  const decode = await load()
  yield* decode === undefined ? unxzByProgram(input) : decode(ReadableStream.from(input))
}

type Decode = (input: ReadableStream<Uint8Array>) => AsyncIterable<Uint8Array>

async function loadLibrary(): Promise<Decode | undefined> {
  try {
    const { decompressStream } = await import('@napi-rs/lzma/xz')
    return decompressStream
  } catch {
    return undefined
  }
}

/** The same by the `xz` program. @throws BuildError compression.unavailable - there is none. */
export async function* unxzByProgram(input: Input, program: string = 'xz'): AsyncGenerator<Uint8Array> {
  const child = spawn(program, ['--decompress', '--stdout'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  ended.catch(() => {})
  const { stdin, stdout, stderr }: Partial<typeof child> = child
  // Without a free descriptor Node gives the child no streams at all.
  if (stdin === undefined || stdout === undefined || stderr === undefined)
    return await ended.then(never, (cause: unknown) => refuse(program, cause))
  // A child that stops reading breaks this pipe; its status and its words say why.
  pipeline(Readable.from(input, { highWaterMark: 1 }), stdin).catch(() => {})
  const complaint = text(stderr)
  complaint.catch(() => {})
  try {
    yield* stdout
    const status = await ended.catch((cause: unknown) => refuse(program, cause))
    if (status !== 0) throw new Error((await complaint).trim() || `${program} ended with status ${status}`)
  } finally {
    child.kill()
  }
}

/**
 * Unpacks xz from one open file to another by the `xz` program, from where the first stands to its end.
 *
 * @returns whether that went well. If not, the library says why: do it again by `unxz`, from the start.
 */
export async function unxzFile(from: number, to: number, program: string = 'xz'): Promise<boolean> {
  // Holes would be filled when the file is read anyway.
  const child = spawn(program, ['--decompress', '--stdout', '--no-sparse'], { stdio: [from, to, 'ignore'] })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('close', (status) => resolve(status === 0))
  })
}

function never(): never {
  throw new Error('unreachable: a child without streams has run')
}

function refuse(program: string, cause: unknown): never {
  const failure = machineFailure(cause)
  if (failure !== cause) throw failure
  fail('compression.unavailable', `Nothing here unpacks xz: the library did not load and "${program}" did not start.`, {
    remedy:
      'Install the xz program, or slipway with its optional dependencies (no --omit=optional): npx -c "npm install" runs npm under the project\'s Node.',
    cause,
  })
}
