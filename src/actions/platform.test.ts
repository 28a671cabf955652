import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePlatform } from './platform.ts'

test('platform: the system may be left out, before a variant, too', () => {
  const arm = { os: 'linux', architecture: 'arm', variant: 'v7' }
  for (const text of ['linux/arm/v7', 'arm/v7', 'armhf']) assert.deepEqual(parsePlatform(text), arm)
  assert.deepEqual(parsePlatform('windows/amd64'), { os: 'windows', architecture: 'amd64' })
  assert.deepEqual(parsePlatform('x86_64'), { os: 'linux', architecture: 'amd64' })
  for (const text of ['', '/', 'arm/', '/v7', 'linux//v7', 'linux/arm/v7/x'])
    assert.throws(() => parsePlatform(text), { code: 'argument.invalid' }, text)
})
