/** slipway as published: packed, and unpacked as npm would install it. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Packs the repository into a new directory below `into`; returns the file of the command. */
export function publishedCommand(into: string): string {
  const repository = join(import.meta.dirname, '..')
  const folder = join(into, 'slipway')
  mkdirSync(folder)
  const [packed = ''] = execFileSync('npm', ['pack', '--silent', '--pack-destination', into], {
    cwd: repository,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .slice(-1)
  execFileSync('tar', ['-xzf', join(into, packed), '-C', folder, '--strip-components=1'])
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'bin/slipway.js')
}
