import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growth } from '../../../test/support/growth.ts'
import { parseParagraph, parseRelations } from '../../format/control.ts'
import { parseAuth, parseSourcesList } from './apt.ts'
import { compareVersions } from './version.ts'

test('archive: parsing takes linear time', () => {
  const texts = ['\n', ' ', 'a', 'a, ', 'a | ', ' <x>', '(', '[', '\n a', '#\n', '1.', '~']
  const readers = { parseRelations, parseParagraph, parseAuth, parseSourcesList }
  for (const text of texts) {
    const sized = (size: number): string => `a${text.repeat(size / text.length)}!`
    for (const [name, read] of Object.entries(readers))
      assert.ok(growth((size) => read(sized(size)), 20_000) < 40, `${name} of ${JSON.stringify(text)}`)
    assert.ok(growth((size) => compareVersions(sized(size), `${sized(size)}1`), 20_000) < 40, `versions of ${text}`)
  }
})
