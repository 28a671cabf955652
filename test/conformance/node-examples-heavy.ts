/**
 * Next.js as in examples/next, started in docker. Its packages and their build take minutes and hundreds of megabytes, so this is no part of
 * the other tests:
 *
 *     npm run test:heavy
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../support/command.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { examples, started } from '../support/node-examples.ts'

const docker = sharedDocker()
const { copy, archive } = examples()

test('next: built beforehand, whole, with a cache that it may write to', { skip: noDocker }, async () => {
  const directory = copy('next')
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory })
  await run('npm', ['run', 'build'], { cwd: directory, env: { NEXT_TELEMETRY_DISABLED: '1' } })
  const app = await started(docker, 'next:latest', await archive(directory), ['--env', 'PORT=8080'])
  assert.match(await app.text('/'), /It works on Node .*v\d+\.\d+\.\d+/)
  assert.match(await app.text('/robots.txt'), /User-agent/)
  const written = `require('node:fs/promises').writeFile('/app/.next/cache/x', '').then(() => 'written')`
  assert.equal(await app.evaluate(written), 'written')
  assert.ok([0, 143].includes(await app.stop()))
})
