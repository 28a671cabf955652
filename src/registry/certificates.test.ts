import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { missing } from '../../test/support/command.ts'
import { certificates } from '../../test/support/tls-server.ts'
import { inFolder } from '../../test/support/workshop.ts'
import { checkCertDir, tlsFor } from './certificates.ts'

const url = new URL('https://registry.example:5000/')

describe('certificates of a registry', { skip: missing('openssl') }, () => {
  test('are those in its directory', async () => {
    await inFolder(async (root) => {
      const { authority, clientCert, clientKey } = await certificates(root)
      const folder = join(root, url.host)
      mkdirSync(folder)
      const tls = () => tlsFor({ roots: [join(root, 'none'), root], verify: () => true })(url)
      assert.equal(tls(), undefined)
      writeFileSync(join(folder, 'ca.crt'), `A comment.\n${authority}`)
      writeFileSync(join(folder, 'client.cert'), clientCert)
      writeFileSync(join(folder, 'client.key'), clientKey)
      const found = { authorities: [`A comment.\n${authority}`], certificate: clientCert, key: clientKey, verify: true }
      assert.deepEqual(tls(), found)
    })
  })

  test('are refused by name where they cannot be used', async () => {
    await inFolder(async (directory) => {
      const { authority, key, clientCert, clientKey } = await certificates(directory)
      const good = { 'ca.crt': authority, 'client.cert': clientCert, 'client.key': clientKey }
      for (const [name, content] of [
        ['ca.crt', 'junk'],
        ['ca.crt', ''],
        ['client.cert', 'junk'],
        ['client.key', 'junk'],
        ['client.key', key],
      ] as const) {
        for (const [each, text] of Object.entries({ ...good, [name]: content }))
          writeFileSync(join(directory, each), text)
        assert.throws(() => tlsFor({ roots: [], directory, verify: () => true })(url), {
          code: 'registry.credentials',
          message: new RegExp(`^${join(directory, name)} cannot be used: .*--cert-dir`),
        })
      }
    })
  })

  test('cannot be in a directory that does not exist', async () => {
    await inFolder(async (folder) => {
      checkCertDir(folder)
      const missing = { code: 'registry.credentials', message: /none is not a directory.*--cert-dir/ }
      assert.throws(() => checkCertDir(join(folder, 'none')), missing)
    })
  })
})
