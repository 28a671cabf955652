import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { build } from '../actions/build.ts'
import { openReader } from '../store/disk-reader.ts'
import { parseStorePath } from '../store/store-path.ts'
import { fetchurl } from './fetch-url.ts'

const folder = temporaryFolder()
const file = join(folder, 'file.tgz')
writeFileSync(file, 'bytes')
const url = pathToFileURL(file).href
const store = join(folder, 'store')
const sri = (text: string): string => `sha512-${createHash('sha512').update(text).digest('base64')}`

test('fetchurl: a SHA-512 fixes path, bytes and content address', async () => {
  const { path, physical } = await build(fetchurl({ url, hash: sri('bytes') }), { store })
  assert.equal(readFileSync(physical, 'utf8'), 'bytes')
  using reader = openReader(store)
  const known = parseStorePath(path)
  assert.ok(known !== undefined)
  assert.match(reader.info(known)?.contentAddress ?? '', /^fixed:sha512:[0-9a-z]{103}$/)
  assert.equal((await build(fetchurl({ url, sha512: sri('bytes') }), { store })).path, path)
})

test('fetchurl: other bytes are refused, and nothing is kept', async () => {
  const made = fetchurl({ url, hash: sri('other') })
  await assert.rejects(build(made, { store }), { code: 'network.digest-mismatch', message: /sha512:/ })
})

test('fetchurl: a hash of the wrong kind, none, or two that differ are refused at the call', () => {
  assert.throws(() => fetchurl({ url, sha256: sri('bytes') }), /SHA-256 or SHA-512/)
  assert.throws(() => fetchurl({ url }), { code: 'argument.invalid' })
  assert.throws(() => fetchurl({ url, hash: sri('bytes'), sha512: sri('other') }), /one hash/)
})
