/** A private containerd, without the Kubernetes part: own data, own socket. Needs root. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missing, run } from './command.ts'
import { startDaemon } from './daemon.ts'

/** Why tests that need containerd are skipped, or false. */
export const noContainerd: string | false =
  missing('containerd', 'ctr') || (process.getuid?.() === 0 ? false : 'containerd needs root')

/** Starts a daemon, gives `ctr` and the daemon's address, stops it. */
export async function withContainerd<T>(
  work: (ctr: (args: readonly string[]) => Promise<string>, address: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-containerd-'))
  const socket = join(folder, 'containerd.sock')
  const config = [
    'version = 2',
    `root = "${folder}/root"`,
    `state = "${folder}/state"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    `[grpc]\naddress = "${socket}"`,
    `[ttrpc]\naddress = "${socket}.ttrpc"`,
  ]
  writeFileSync(join(folder, 'config.toml'), `${config.join('\n')}\n`)
  const daemon = await startDaemon(
    'containerd',
    ['--config', join(folder, 'config.toml')],
    'containerd successfully booted',
  )
  try {
    return await work((args) => run('ctr', ['-a', socket, ...args]), socket)
  } finally {
    await daemon.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
