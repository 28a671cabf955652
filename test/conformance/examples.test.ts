/** Every image file of `examples/` that needs no package of npm's builds as written; each export that is a stream too. */
import assert from 'node:assert/strict'
import { cpSync, globSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { missing } from '../support/command.ts'
import { slipway } from '../support/slipway.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { noTrixie } from '../support/trixie.ts'

const examples = join(import.meta.dirname, '../../examples')
// The store is beside the project: one of the examples takes the whole directory.
const folder = join(temporaryFolder(), 'project')
mkdirSync(folder)
const env = { SLIPWAY_STORE: join(folder, '../store') }
const skip = noTrixie || missing('bwrap', 'unshare', 'tar')

test('examples: each builds as written, the next time from what is made', { skip }, async () => {
  // One needs a registry on the Internet; pull-image.test.ts does the same with one on loopback.
  const files = globSync('*.ts', { cwd: examples, exclude: ['on-debian.ts'] }).sort()
  assert.ok(files.length >= 7)
  for (const file of [...files, 'site']) cpSync(join(examples, file), join(folder, file), { recursive: true })
  for (const file of files) {
    const built = await slipway(['build', '--no-link', basename(file)], { cwd: folder, env })
    assert.equal(built.status, 0, `${file}: ${built.stderr}`)
    assert.match(built.stdout, /\/nix\/store\//)
    const again = await slipway(['build', '--no-link', '--frozen', basename(file)], { cwd: folder, env })
    assert.equal(again.stdout, built.stdout)
  }
})
