import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseClearsigned } from './clearsign.ts'

const signature = '-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n'
const message = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOne: 1  \n- -Two: 2\n\nlast\n${signature}`

test('clearsign: the text comes without dash escapes and trailing blanks', () => {
  const parsed = parseClearsigned(message)
  assert.ok(typeof parsed !== 'string')
  assert.equal(parsed.text, 'One: 1\n-Two: 2\n\nlast')
  assert.deepEqual(parseClearsigned(message.replaceAll('\n', '\r\n')), parsed)
})

test('clearsign: whatever is not the one message is refused', () => {
  for (const [file, why] of [
    [`\n${message}`, /begin/],
    [`x\n${message}`, /begin/],
    [`${message}x\n`, /end/],
    [`${message}\n`, /end/],
    [message.replace('Hash: SHA256', 'Hash: SHA256\nCodename: evil'), /header/],
    [message.replace('- -Two', '-Two'), /more than one/],
    [`${message}${message}`, /more than one/],
    [message.replace(signature, '-----END PGP SIGNATURE-----'), /no signature/],
    ['', /begin/],
  ] as const) {
    const parsed = parseClearsigned(file)
    assert.match(typeof parsed === 'string' ? parsed : 'accepted', why, file)
  }
})
