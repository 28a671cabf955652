import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inFolder } from '../../test/support/workshop.ts'
import { copyImage } from './copy.ts'
import { rebase } from './rebase.ts'

test('a file that describes an image is not taken for an image that is built', async () => {
  await inFolder(async (store) => {
    const file = join(store, 'image.ts')
    writeFileSync(file, '')
    const described = {
      code: 'argument.invalid',
      message: /image\.ts(#app)? describes an image, .*`slipway build .*--to PLACE`.*`slipway push`/,
    }
    await assert.rejects(copyImage(file, `oci:${store}/x`, { store }), described)
    await assert.rejects(copyImage(`${file}#app`, `oci:${store}/x`, { store }), described)
    await assert.rejects(rebase(`oci:${store}/x`, { store, onto: file }), described)
    await assert.rejects(rebase(`oci:${store}/x`, { store, onto: 'debian:1', base: file }), described)
  })
})
