/**
 * A Docker daemon of the test's own: own data, own socket, no network, no rights over the machine's. It is stopped by its process and
 * leaves nothing behind. Several may run at once. Needs root.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { type CommandOptions, missing, run } from './command.ts'
import { type Daemon, startDaemon } from './daemon.ts'

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
  let daemon: ReturnType<typeof start> | undefined
  after(async () => (await daemon)?.stop())
  return async (args, options) => {
    daemon ??= start()
    const { docker } = await daemon
    return docker(args, options)
  }
}

async function start(): Promise<Daemon & { readonly docker: Docker }> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-dockerd-'))
  const host = `unix://${folder}/docker.sock`
  const places = [
    `--host=${host}`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/pid`,
  ]
  const withoutNetwork = ['--iptables=false', '--bridge=none', '--ip-forward=false', '--ip-masq=false']
  const daemon = await startDaemon('dockerd', [...places, ...withoutNetwork], 'API listen on')
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: folder }
  return {
    docker: (args, options = {}) => run('docker', args, { ...options, env: { ...options.env, ...env } }),
    stop: async () => {
      await daemon.stop()
      for (const place of mountsBelow(folder)) await run('umount', ['--lazy', place])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What the daemon leaves mounted: the network namespace of containers on the host's network. Deepest first. */
function mountsBelow(folder: string): readonly string[] {
  const places = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  return places.filter((place) => place.startsWith(`${folder}/`)).reverse()
}
