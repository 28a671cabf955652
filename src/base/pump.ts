/**
 * Writes bytes to an open descriptor: the one place that knows how.
 *
 * A pipe is reopened with its own flags, so that no write sleeps: this thread handles signals while a reader stalls. What a pipe has no room for
 * is written by the event loop, in pieces of its own (as fast as writes that sleep, measured; asking again after pauses is not). If the
 * system cannot reopen the pipe (no /proc, another user's pipe), a write that would block is retried after a pause that starts at 50 µs.
 * The descriptor itself stays open.
 */
import { closeSync, constants, fstatSync, fsync, openSync, writeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bytes } from './bytes.ts'
import { errorCode, fail, messageOf } from './error.ts'

const firstPauseMilliseconds = 0.05
const longestPauseMilliseconds = 2

/** A descriptor that accepts bytes. */
export interface Output extends Disposable {
  /** Writes all bytes; returns a promise only if it has to wait. @throws BuildError stream.closed, stream.unwritable */
  write(bytes: Uint8Array): void | Promise<void>
}

/**
 * Writes bytes in order and returns their number.
 *
 * @param descriptor - an open file, pipe or socket; stays open.
 * @throws BuildError stream.closed - the reader has gone; stream.unwritable - no space left, or another refusal by the system
 */
export async function pump(bytes: Bytes, descriptor: number): Promise<number> {
  using output = outputOf(descriptor)
  let written = 0
  for await (const chunk of bytes) {
    const waiting = output.write(chunk)
    if (waiting !== undefined) await waiting
    written += chunk.length
  }
  return written
}

/** Waits until everything written to a descriptor is on disk, without blocking this thread. */
export function flush(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, (error) => (error === null ? resolve() : reject(error)))
  })
}

/** Number of bytes after which a growing file is sent to its disk: some 10 ms of work for a fast one. */
const flushSize = 16 * 1_048_576

/** Sends a growing file to its disk while it is written, so that little is left to wait for at its end. */
export class Flushing implements AsyncDisposable {
  readonly #descriptor: number
  #waiting = 0
  #sent: Promise<void> = Promise.resolve()

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Notes that so many bytes were written. */
  wrote(bytes: number): void {
    this.#waiting += bytes
    if (this.#waiting >= flushSize) this.#send()
  }

  /** Waits until everything is on disk. @throws the system's error, also of an earlier part: it reports each failure once */
  async finish(): Promise<void> {
    this.#send()
    await this.#sent
  }

  /** Waits for what is under way: until then the descriptor must stay open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sent.catch(() => {})
  }

  #send(): void {
    this.#waiting = 0
    this.#sent = this.#sent.then(() => flush(this.#descriptor))
    // Thrown by `finish`.
    this.#sent.catch(() => {})
  }
}

/** Prepares a descriptor for writing. */
export function outputOf(descriptor: number): Output {
  const pipe = fstatSync(descriptor).isFIFO() ? openedAgain(descriptor) : undefined
  return pipe === undefined ? plainOutput(descriptor) : pipeOutput(pipe)
}

function plainOutput(descriptor: number): Output {
  return {
    write: (bytes) => {
      const done = writeNow(descriptor, bytes)
      return done === bytes.length ? undefined : writeWaiting(descriptor, bytes.subarray(done))
    },
    [Symbol.dispose]() {},
  }
}

/** Reopens the pipe of a descriptor with its own flags, so that writing to it never blocks. */
function openedAgain(descriptor: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

/** @param descriptor - closed at the end */
function pipeOutput(descriptor: number): Output {
  let socket: Socket | undefined
  const send = async (bytes: Uint8Array): Promise<void> => {
    socket ??= await socketOf(descriptor)
    await sent(socket, bytes)
  }
  return {
    write: (bytes) => {
      const done = writeNow(descriptor, bytes)
      return done === bytes.length ? undefined : send(bytes.subarray(done))
    },
    [Symbol.dispose]() {
      if (socket === undefined) closeSync(descriptor)
      else socket.destroy()
    },
  }
}

async function socketOf(descriptor: number): Promise<Socket> {
  const { Socket } = await import('node:net')
  return new Socket({ fd: descriptor, readable: false, writable: true })
}

/** @throws BuildError stream.closed, stream.unwritable */
async function sent(socket: Socket, bytes: Uint8Array): Promise<void> {
  const failure = await new Promise<Error | null | undefined>((resolve) => {
    socket.once('error', resolve)
    socket.write(bytes, (error) => {
      // A failed write is followed by an event, which needs a listener.
      if (!error) socket.removeListener('error', resolve)
      resolve(error)
    })
  })
  if (failure) refuse(failure)
}

/** Writes until all bytes are written or a write would block; returns the number of bytes written. */
function writeNow(descriptor: number, bytes: Uint8Array): number {
  let done = 0
  try {
    while (done < bytes.length) done += writeSync(descriptor, bytes, done)
  } catch (cause) {
    if (errorCode(cause) !== 'EAGAIN') refuse(cause)
  }
  return done
}

async function writeWaiting(descriptor: number, bytes: Uint8Array): Promise<void> {
  let wait = firstPauseMilliseconds
  for (let done = 0; done < bytes.length; ) {
    await paused(wait)
    const count = writeNow(descriptor, bytes.subarray(done))
    done += count
    wait = count > 0 ? firstPauseMilliseconds : Math.min(2 * wait, longestPauseMilliseconds)
  }
}

const clock = new Int32Array(new SharedArrayBuffer(4))

/** Timers have a resolution of 1 ms: shorter pauses block the thread. */
async function paused(milliseconds: number): Promise<void> {
  if (milliseconds >= 1) await pause(milliseconds)
  else Atomics.wait(clock, 0, 0, milliseconds)
}

function refuse(cause: unknown): never {
  if (errorCode(cause) === 'EPIPE')
    fail('stream.closed', 'The reader closed the pipe before the output was complete.', {
      remedy: 'Find out why the reader ended, then run again.',
      cause,
    })
  const isFull = errorCode(cause) === 'ENOSPC' || errorCode(cause) === 'EDQUOT'
  return fail('stream.unwritable', `The output cannot be written: ${isFull ? 'no space is left' : messageOf(cause)}.`, {
    remedy: isFull ? 'Make room, or write to another disk.' : 'Write to another file.',
    cause,
  })
}
