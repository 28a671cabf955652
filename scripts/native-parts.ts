/**
 * npm runs it after installing the development tree (`prepare`), under the Node that the package `node` installs.
 *
 * npm omits a native part if npm's own, older Node does not satisfy its `engines` (lzma's requires 24.12), although everything runs under
 * the newer one. So npm runs again under that one, for exactly the packages in the lock file.
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
