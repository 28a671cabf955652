/** `slipway init`, as people run it. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { slipway, writeProject } from '../support/slipway.ts'
import { temporaryFolder } from '../support/temporary.ts'

test('cli: init writes an image.ts, says why, and changes nothing the second time', async () => {
  const cwd = temporaryFolder()
  writeProject(cwd, {
    'package.json':
      '{ "name": "api", "scripts": { "start": "node src/server.ts" }, "dependencies": { "hono": "^4" } }\n',
  })
  const first = await slipway(['init'], { cwd })
  assert.equal(first.status, 0, first.stderr)
  assert.match(
    first.stdout,
    /^wrote image\.ts\nwrote tsconfig\.json\nwrote \.gitignore\nwrote \.dockerignore\nchanged package\.json\n/,
  )
  assert.match(first.stdout, /The command is the script "start" of package\.json: node src\/server\.ts/)
  assert.match(readFileSync(join(cwd, 'image.ts'), 'utf8'), /name: "api"/)
  assert.equal(JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')).scripts.image, 'slipway build image.ts')

  const again = await slipway(['init', '--json'], { cwd })
  assert.equal(again.status, 0, again.stderr)
  assert.deepEqual(JSON.parse(again.stdout).written, [])
  assert.equal(existsSync(join(cwd, '.store')), false, 'no store is made')
})

test('cli: init reads a package.json with a byte order mark', async () => {
  const cwd = temporaryFolder()
  writeProject(cwd, { 'package.json': '\ufeff{ "name": "api", "scripts": { "start": "node a.js" } }\n' })
  assert.match((await slipway(['init'], { cwd })).stdout, /the script "start" of package\.json: node a\.js/)
})

test('cli: init of a directory that is named, where nothing may be written, says so', async () => {
  const cwd = temporaryFolder()
  writeProject(cwd, { file: '' })
  const { status, stderr } = await slipway(['init', 'file'], { cwd })
  assert.equal(status, 1)
  assert.match(stderr, /\[project\.un(readable|writable)\]/)
})
