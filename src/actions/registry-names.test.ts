import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { fakeRegistry } from '../../test/support/fake-registry.ts'
import { stockImage } from '../../test/support/registry-images.ts'
import { inFolder } from '../../test/support/workshop.ts'
import { digest } from './digest.ts'
import { inspectRemote } from './inspect-remote.ts'
import { login } from './login.ts'
import { prefetch } from './prefetch.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { tags } from './tags.ts'

test('a name in a registry has a port that exists', async () => {
  for (const port of [0, 65_536, 99_999])
    for (const asking of [
      () => tags(`127.0.0.1:${port}/x`),
      () => login(`127.0.0.1:${port}`, { user: 'a', password: 'b' }),
      () => push('oci:none', { names: [`127.0.0.1:${port}/x`] }),
    ])
      await assert.rejects(asking, { code: 'argument.invalid', message: new RegExp(`:${port}.* is not a valid`) })
})

test('a name in a registry may have the prefix of a place', async () => {
  const registry = await fakeRegistry()
  const image = stockImage(registry, { repository: 'x', tag: '1', texts: ['a'] })
  const name = `docker://${registry.host}/x`
  await inFolder(async (store) => {
    assert.equal((await digest(`${name}:1`)).digest, image.digest)
    assert.equal((await digest(`${name}:1`, { platform: 'amd64' })).digest, image.digest)
    assert.deepEqual(await tags(name), ['1'])
    assert.equal((await inspectRemote(`${name}:1`, { store })).digest, image.digest)
    const options = { store, imageTag: '1', arch: 'amd64' }
    const { imageName, imageDigest } = await prefetch(name, options)
    assert.deepEqual([imageName, imageDigest], [`${registry.host}/x`, image.digest])
    const out = `oci:${join(store, 'layout')}`
    assert.equal((await pull(`${name}:1`, { store, out, platform: 'amd64' })).digest, image.digest)
    const pushed = await push(out, { store, names: [`docker://${registry.host}/y:1`] })
    assert.deepEqual([pushed.digest, pushed.names], [image.digest, [`${registry.host}/y:1`]])
  })
})
