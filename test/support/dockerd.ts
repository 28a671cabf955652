/**
 * A private Docker daemon: own data, own socket, no network, no rights over the machine's. It is stopped by its process and leaves nothing
 * behind. Several may run at once. Needs root.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { type CommandOptions, missing, run } from './command.ts'
import { type Daemon, startDaemon } from './daemon.ts'
import { newerPrograms } from './newer-debian.ts'

/** Runs `docker ARGS` with the daemon and returns its output. @throws Error if it fails, with its standard error */
export type Docker = (args: readonly string[], options?: CommandOptions) => Promise<string>

/** Why tests that need Docker are skipped, or false: `test('…', { skip: noDocker }, …)`. */
export const noDocker: string | false =
  missing('dockerd', 'docker', 'containerd', 'runc') || (process.getuid?.() === 0 ? false : 'dockerd needs root')

/**
 * Why tests that need Docker's containerd image store are skipped, or false. SLIPWAY_DOCKER_26 is the root directory of a newer Debian with
 * the package docker.io, as `mmdebstrap --variant=extract` makes it.
 */
export const noContentsDocker: string | false =
  noDocker || (process.env.SLIPWAY_DOCKER_26 === undefined ? 'SLIPWAY_DOCKER_26 not set' : false)

/** Starts a daemon, runs `work`, stops it. @param kind - "contents": a newer one with the containerd image store */
export async function withDocker<T>(
  work: (docker: Docker, host: string) => Promise<T>,
  kind: 'classic' | 'contents' = 'classic',
): Promise<T> {
  const daemon = await start(kind)
  try {
    return await work(daemon.docker, daemon.host)
  } finally {
    await daemon.stop()
  }
}

/** One daemon for all tests of a file: started on first use, stopped after the last test. Call it once, outside of tests. */
export function sharedDocker(): Docker {
  let daemon: ReturnType<typeof start> | undefined
  after(async () => (await daemon)?.stop())
  return async (args, options) => {
    daemon ??= start()
    const { docker } = await daemon
    return docker(args, options)
  }
}

async function start(
  kind: 'classic' | 'contents' = 'classic',
): Promise<Daemon & { readonly docker: Docker; readonly host: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-dockerd-'))
  const host = `unix://${folder}/docker.sock`
  const places = [
    `--host=${host}`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/pid`,
  ]
  const withoutNetwork = ['--iptables=false', '--bridge=none', '--ip-forward=false', '--ip-masq=false']
  const { program, PATH } = kind === 'classic' ? { program: 'dockerd', PATH: undefined } : newerDocker(folder)
  const settings = join(folder, 'daemon.json')
  writeFileSync(settings, JSON.stringify(kind === 'classic' ? {} : { features: { 'containerd-snapshotter': true } }))
  const words = [`--config-file=${settings}`, ...places, ...withoutNetwork]
  const daemon = await startDaemon(program, words, 'API listen on', PATH === undefined ? {} : { PATH })
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: folder }
  return {
    host,
    docker: (args, options = {}) => run('docker', args, { ...options, env: { ...options.env, ...env } }),
    stop: async () => {
      await daemon.stop()
      await unmountBelow(folder)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Programs of a newer Debian. */
function newerDocker(folder: string): { readonly program: string; readonly PATH: string } {
  const programs = ['usr/sbin/dockerd', 'usr/bin/containerd', 'usr/bin/containerd-shim-runc-v2', 'usr/sbin/runc']
  const PATH = newerPrograms(process.env.SLIPWAY_DOCKER_26 ?? '', programs, folder)
  return { program: join(folder, 'dockerd'), PATH }
}

/** Unmounts what an engine leaves mounted, such as the network namespace of containers on the host's network. Deepest first. */
export async function unmountBelow(folder: string): Promise<void> {
  const places = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  for (const place of places.filter((each) => each.startsWith(`${folder}/`)).reverse())
    await run('umount', ['--lazy', place])
}
