/**
 * A Docker daemon of the test's own: own data, own socket, no network, no rights over the machine's. It is stopped by its process and
 * leaves nothing behind. Several may run at once. Needs root.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { type CommandOptions, missing, run } from './command.ts'

/** Runs `docker ARGS` against the daemon and gives what it printed. @throws Error when it fails: what it said */
export type Docker = (args: readonly string[], options?: CommandOptions) => Promise<string>

/** Why tests that need Docker are skipped, or false: `test('…', { skip: noDocker }, …)`. */
export const noDocker: string | false =
  missing('dockerd', 'docker', 'containerd', 'runc') || (process.getuid?.() === 0 ? false : 'dockerd needs root')

/** Starts a daemon, runs `work`, stops it. */
export async function withDocker<T>(work: (docker: Docker) => Promise<T>): Promise<T> {
  const daemon = await start()
  try {
    return await work(daemon.docker)
  } finally {
    await daemon.stop()
  }
}

/** One daemon for all tests of a file: started when it is first used, stopped after the last test. Call it once, outside of tests. */
export function sharedDocker(): Docker {
  let daemon: Promise<Daemon> | undefined
  after(async () => (await daemon)?.stop())
  return async (args, options) => {
    daemon ??= start()
    const { docker } = await daemon
    return docker(args, options)
  }
}

interface Daemon {
  readonly docker: Docker
  stop(): Promise<void>
}

async function start(): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-dockerd-'))
  const host = `unix://${folder}/docker.sock`
  const child = spawn(
    'dockerd',
    [
      `--host=${host}`,
      `--data-root=${folder}/data`,
      `--exec-root=${folder}/exec`,
      `--pidfile=${folder}/pid`,
      '--iptables=false',
      '--bridge=none',
      '--ip-forward=false',
      '--ip-masq=false',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } },
  )
  await listening(child)
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: folder }
  return {
    docker: (args, options = {}) => run('docker', args, { ...options, env: { ...options.env, ...env } }),
    stop: async () => {
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits for the daemon to say that it listens; reads on, so that it never blocks on a full pipe. */
async function listening(child: ChildProcess): Promise<void> {
  const said: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status) => reject(new Error(`dockerd ended with ${status}: ${said.slice(-10).join('\n')}`)))
    if (child.stderr === null) throw new Error('unreachable: stderr is a pipe')
    createInterface(child.stderr).on('line', (line) => {
      said.push(line)
      if (line.includes('API listen on')) resolve()
    })
  })
}
