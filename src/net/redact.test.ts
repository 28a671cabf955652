import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownUrl } from './redact.ts'

test('redact: hides user, password, query and fragment of an address', () => {
  assert.equal(
    shownUrl(new URL('https://jane:secret@example.org:8443/a/b?token=x#y')),
    'https://example.org:8443/a/b?…',
  )
  assert.equal(shownUrl(new URL('file:///srv/vendor/pool/x.deb')), 'file:///srv/vendor/pool/x.deb')
})
