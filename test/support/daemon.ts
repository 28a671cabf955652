/** Starts a real daemon for a test: ready when it reports so, stopped by its process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A running daemon. */
export interface Daemon {
  stop(): Promise<void>
}

/**
 * Starts a program and waits until a line of its stderr contains `ready`.
 *
 * @throws Error with its last lines if it ends instead
 */
export async function startDaemon(
  command: string,
  args: readonly string[],
  ready: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, ...environment },
  })
  await said(child, ready)
  return {
    stop: async () => {
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
    },
  }
}

// Keeps reading, so that the daemon never blocks on a full pipe.
async function said(child: ChildProcess, ready: string): Promise<void> {
  const lines: string[] = []
  const { stderr } = child
  if (stderr === null) throw new Error('unreachable: stderr is a pipe')
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status) => reject(new Error(`it ended with ${status}: ${lines.slice(-10).join('\n')}`)))
    createInterface(stderr).on('line', (line) => {
      lines.push(line)
      if (line.includes(ready)) resolve()
    })
  })
}
