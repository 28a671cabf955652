import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { mirrorsOf } from '../debian/archive/mirrors.ts'
import { checkDebianOptions } from '../debian/options.ts'
import { inWorkshop } from './workshop.ts'

test('workshop: the mirrors of a release are looked up once, however many packages need them', async () => {
  process.env.SLIPWAY_DEBIAN_MIRROR = 'http://localhost/debian http://localhost/debian-security'
  await inWorkshop({ store: temporaryFolder() }, async (shop) => {
    const mirrors = (suite: string) => mirrorsOf(checkDebianOptions({ suite }, '/'), shop)
    const [first, second] = await Promise.all([mirrors('bookworm'), mirrors('bookworm')])
    assert.equal(first, second)
    assert.notEqual(await mirrors('trixie'), first)
  })
})
