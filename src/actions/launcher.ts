/**
 * Launchers, which stream scripts call: `<store root>/bin/slipway-<conf format>`.
 *
 * A stream script is a store object and therefore the same on every machine. The paths of Node and slipway on this machine are in the
 * launcher, outside the store directory; it is rewritten when they change.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launcherPaths, layoutOf } from '../store/layout.ts'
import { replaceFile } from '../store/whole-file.ts'

/** Writes the launchers that are missing or out of date. */
export async function writeLaunchers(root: string): Promise<void> {
  const { binaries, temporary } = layoutOf(root)
  const text = launcherText(process.execPath, commandFile())
  for (const file of launcherPaths(root)) {
    if (present(file) === text) continue
    for (const folder of [binaries, temporary]) mkdirSync(folder, { recursive: true })
    replaceFile(file, Buffer.from(text, 'utf8'), { mode: 0o777, temporary })
  }
}

function launcherText(node: string, command: string): string {
  // Node replaces a closed standard output by the null device, so only the shell can detect it.
  const check =
    '[ ! -e /dev/fd/2 ] || [ -e /dev/fd/1 ] || { echo "slipway: Standard output is closed. [stream.closed]" >&2; exit 1; }'
  return `#!/bin/sh\n${check}\nexec ${quoted(node)} ${quoted(command)} stream-conf "$@"\n`
}

/** Returns the path of the command: the nearest `bin/slipway.js` above this file, which is a source or a chunk of the bundle. */
function commandFile(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'bin', 'slipway.js')
    if (existsSync(candidate)) return candidate
  }
  throw new Error('unreachable: slipway has no bin/slipway.js')
}

function present(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
