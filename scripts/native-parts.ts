/**
 * Run by npm after it has installed the development tree (`prepare`), under the Node that the package `node` brings.
 *
 * npm leaves out a native part whose `engines` the npm's own, older Node does not meet (lzma's asks for 24.12), although everything runs
 * under the newer one. So npm is asked again under that one, for what the lock file names and nothing else.
 */
import { spawnSync } from 'node:child_process'

const npm = process.env.npm_execpath
if (npm !== undefined && process.env.SLIPWAY_NATIVE_PARTS === undefined && !(await loads())) {
  const words = [npm, 'install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
  const env = { ...process.env, SLIPWAY_NATIVE_PARTS: 'installing' }
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit', env })
  process.exitCode = status ?? 1
}

async function loads(): Promise<boolean> {
  try {
    await import('@napi-rs/lzma/xz')
    return true
  } catch {
    return false
  }
}
