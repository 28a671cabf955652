import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type FakeRegistry, fakeRegistry } from '../../test/support/fake-registry.ts'
import { stockImage } from '../../test/support/registry-images.ts'
import { inFolder } from '../../test/support/workshop.ts'
import { debian } from '../index.ts'
import { basicAuthorization } from '../net/exchange.ts'
import { parsePlace } from '../transport/place.ts'
import { build } from './build.ts'
import { copyImage } from './copy.ts'
import { bound, parseCredentials } from './credentials.ts'
import { digest } from './digest.ts'
import { load } from './load.ts'
import { push } from './push.ts'
import { rebase } from './rebase.ts'

const alice = { user: 'alice', password: 'secret' }
const bob = { user: 'bob', password: 'of another registry' }

/** A registry that requires a login; with all that was sent as one. */
interface Guarded extends FakeRegistry {
  readonly logins: Set<string>
}

async function guarded(login: typeof alice): Promise<Guarded> {
  const registry = await fakeRegistry()
  const logins = new Set<string>()
  registry.hook = ({ request, response }) => {
    const { authorization } = request.headers
    if (authorization !== undefined) logins.add(authorization)
    if (authorization === basicAuthorization(login)) return false
    response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
    return true
  }
  return { ...registry, logins }
}

interface Two {
  /** The registry of alice. */
  readonly own: Guarded
  /** The registry of bob. */
  readonly other: Guarded
  readonly folder: string
  /** A login file with bob's login. */
  readonly authFile: string
}

async function withTwo(work: (two: Two) => Promise<void>): Promise<void> {
  const [own, other] = [await guarded(alice), await guarded(bob)]
  await inFolder(async (folder) => {
    const authFile = join(folder, 'auth.json')
    const auth = Buffer.from(`${bob.user}:${bob.password}`).toString('base64')
    writeFileSync(authFile, JSON.stringify({ auths: { [other.host]: { auth } } }))
    await work({ own, other, folder, authFile })
  })
}

const nameless = { code: 'argument.invalid', message: /one registry, but none is named.*`slipway login`/ }

describe('a given login', () => {
  test('is for the registry that the call names; the other one gets the login of the login file', async () => {
    await withTwo(async ({ own, other, folder: store, authFile }) => {
      const base = stockImage(other, { repository: 'base', tag: '1', texts: ['a'] })
      const { dockerTools } = debian({ suite: 'bookworm', architecture: 'amd64' })
      const fromImage = dockerTools.pullImage({ imageName: `${other.host}/base`, imageDigest: base.digest })
      const image = dockerTools.buildLayeredImage({ name: `${own.host}/app`, tag: '1', fromImage })
      writeFileSync(join(store, 'empty'), '')
      const registry = { credentials: alice, authFile: join(store, 'empty') }
      await assert.rejects(push(image, { store, registry }), { code: 'registry.denied' })
      assert.deepEqual([...other.logins], [])
      const { names } = await push(image, { store, registry: { credentials: alice, authFile } })
      assert.deepEqual(names, [`${own.host}/app:1`])
      assert.deepEqual([...other.logins], [basicAuthorization(bob)])
      assert.deepEqual([...own.logins], [basicAuthorization(alice)])
    })
  })

  test('is not for a mirror on another host', async () => {
    await withTwo(async ({ own, other }) => {
      const image = stockImage(own, { repository: 'x', tag: '1', texts: ['a'] })
      const mirrors = [`${own.host}=${other.host}`]
      const found = await digest(`${own.host}/x:1`, { registry: { credentials: alice, mirrors } })
      assert.equal(found.digest, image.digest)
      assert.ok(other.asked.length > 0)
      assert.deepEqual([...other.logins], [])
    })
  })

  test('is refused where the call names several registries, unless it has its own', async () => {
    await withTwo(async ({ own, other, folder: store, authFile }) => {
      const image = stockImage(own, { repository: 'x', tag: '1', texts: ['a'] })
      const [from, to] = [`docker://${own.host}/x:1`, `docker://${other.host}/x:1`]
      const registry = { credentials: alice, authFile }
      const several = { code: 'argument.invalid', message: /one registry, but .* and .* are named.*`slipway login`/ }
      await assert.rejects(copyImage(from, to, { store, registry }), several)
      await assert.rejects(push(from, { names: [to], store, registry }), several)
      await assert.rejects(rebase(from, { onto: `${other.host}/x:1`, store, registry }), several)
      assert.deepEqual([...own.asked, ...other.asked], [])
      const credentials = { ...alice, registry: own.host }
      const options = { store, platform: 'amd64', registry: { credentials, authFile } }
      assert.equal((await copyImage(from, to, options)).digest, image.digest)
      assert.deepEqual([...own.logins], [basicAuthorization(alice)])
      assert.deepEqual([...other.logins], [basicAuthorization(bob)])
    })
  })

  test('is refused where the call names no registry', async () => {
    await inFolder(async (store) => {
      const { dockerTools } = debian({ suite: 'bookworm', architecture: 'amd64' })
      const image = dockerTools.buildLayeredImage({ name: 'app', tag: '1' })
      const options = { store, registry: { credentials: alice } }
      await assert.rejects(build(image, options), nameless)
      await assert.rejects(load(image, options), nameless)
      await assert.rejects(copyImage('oci:a', 'oci:b', options), nameless)
      const credentials = { ...alice, registry: 'not/a/registry' }
      await assert.rejects(build(image, { store, registry: { credentials } }), {
        code: 'argument.invalid',
        message: /"not\/a\/registry" is not a valid registry/,
      })
    })
  })

  test('is for Docker Hub under all its names', () => {
    const places = ['docker://debian', 'docker://index.docker.io/x', 'docker://registry-1.docker.io/x/y', 'oci:x']
    const { credentials } = bound({ registry: { credentials: alice } }, places.map(parsePlace)).registry
    assert.deepEqual(credentials, { ...alice, registry: 'docker.io' })
  })

  test('is written as user:password', () => {
    assert.deepEqual(parseCredentials('a:b:c'), { user: 'a', password: 'b:c' })
    for (const wrong of ['secret', ':secret', 'secret:'])
      assert.throws(
        () => parseCredentials(wrong),
        ({ message }: Error) => !message.includes('secret'),
      )
  })
})
