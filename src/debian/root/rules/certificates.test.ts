import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { gather } from '../../../base/bytes.ts'
import { file, memoryTree } from '../../../tree/memory.ts'
import { show } from '../../../tree/path.ts'
import { union } from '../../../tree/union.ts'
import { certificateRules, javaKeystoreRules } from './certificates.ts'
import { formatKeystore } from './java-keystore.ts'

const pem = (text: string) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(text).toString('base64')}\n-----END CERTIFICATE-----`

const files = union([
  memoryTree({
    'usr/share/ca-certificates/mozilla/Zebra.crt': file(`${pem('zebra')}\n`),
    'usr/share/ca-certificates/mozilla/Főtan, (old).crt': file(pem('old')),
    'usr/share/ca-certificates/other/Ant.crt': file(`${pem('ant')}\n`),
    'usr/share/ca-certificates/mozilla/readme.txt': file('none'),
  }),
])
const closure = { files, sources: files, accounts: { users: [], groups: [] } }

function found(rules: typeof certificateRules): ReadonlyMap<string, string> {
  const entries = rules.flatMap((rule) => rule(closure))
  return new Map(
    entries.map((entry) => {
      if (entry.kind === 'symlink') return [show(entry.path), `-> ${Buffer.from(entry.target, 'latin1').toString()}`]
      return [
        show(entry.path),
        entry.kind === 'file' ? Buffer.from(gather(entry.content.open())).toString('latin1') : '',
      ]
    }),
  )
}

test('certificates: the bundle contains all of them, by path, each ending with a newline', () => {
  assert.equal(
    found(certificateRules).get('etc/ssl/certs/ca-certificates.crt'),
    `${pem('old')}\n${pem('zebra')}\n${pem('ant')}\n`,
  )
})

test('certificates: each has a link by its name, escaped as in update-ca-certificates, and a line in the list', () => {
  const all = found(certificateRules)
  assert.equal(all.get('etc/ssl/certs/Főtan__=old=.pem'), '-> /usr/share/ca-certificates/mozilla/Főtan, (old).crt')
  assert.equal(
    Buffer.from(all.get('etc/ca-certificates.conf') ?? '', 'latin1').toString(),
    'mozilla/Főtan, (old).crt\nmozilla/Zebra.crt\nother/Ant.crt\n',
  )
})

test('certificates: Java’s store has the same, and a closure without any has none of these files', () => {
  assert.deepEqual([...found(javaKeystoreRules).keys()], ['etc/ssl/certs/java/cacerts'])
  const empty = union([])
  const nothing = { files: empty, sources: empty, accounts: { users: [], groups: [] } }
  assert.deepEqual(
    [...certificateRules, ...javaKeystoreRules].flatMap((rule) => rule(nothing)),
    [],
  )
})

test('java key store: magic, version, entries by alias, and the digest over password, words and body', () => {
  const bytes = Buffer.from(
    formatKeystore([
      { alias: 'debian:b', der: Buffer.from('B') },
      { alias: 'debian:a', der: Buffer.from('AA') },
    ]),
  )
  const body = bytes.subarray(0, -20)
  const digested = Buffer.concat([Buffer.from('changeit', 'utf16le').swap16(), Buffer.from('Mighty Aphrodite'), body])
  assert.equal(bytes.subarray(-20).toString('hex'), hash('sha1', digested))
  assert.equal(
    body.toString('hex'),
    [
      'feedfeed0000000200000002',
      `000000020008${Buffer.from('debian:a').toString('hex')}00000000000003e80005582e35303900000002${'4141'}`,
      `000000020008${Buffer.from('debian:b').toString('hex')}00000000000003e80005582e3530390000000142`,
    ].join(''),
  )
})
