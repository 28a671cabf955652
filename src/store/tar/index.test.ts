import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryEntries } from '../../../test/support/entries.ts'
import type { Entry } from '../../tree/entry.ts'
import { root } from '../../tree/path.ts'
import { fileRange } from '../file-range.ts'
import { formatTarIndex, parseTarIndex } from './index.ts'

const sizes = { tarSize: 2 ** 40, membersSize: 2 ** 40 - 1024 }

function onDisk(entries: readonly Entry[]): readonly Entry[] {
  return entries.map((entry, index) =>
    entry.kind === 'file' ? { ...entry, content: fileRange('/x.tar', 2 ** 33 + index, entry.content.size) } : entry,
  )
}

function plain(entry: Entry): object {
  const metadata =
    'metadata' in entry
      ? { ...entry.metadata, xattrs: [...entry.metadata.xattrs].map(([name, value]) => [name, [...value]]) }
      : {}
  return entry.kind === 'file'
    ? { ...entry, metadata, content: { size: entry.content.size, at: entry.content.at } }
    : { ...entry, metadata }
}

test('tar index: round trip for entries of every kind', () => {
  fc.assert(
    fc.property(arbitraryEntries(), (generated) => {
      const entries = onDisk(generated)
      const index = parseTarIndex(Buffer.from(formatTarIndex(entries, sizes)), '/x.tar')
      assert.deepEqual([...(index?.below(root) ?? [])].map(plain), entries.map(plain))
      assert.deepEqual([index?.tarSize, index?.membersSize], [sizes.tarSize, sizes.membersSize])
    }),
    { numRuns: 200 },
  )
})

test('tar index: entries can be read repeatedly', () => {
  const [entries = []] = fc.sample(arbitraryEntries(), { numRuns: 1, seed: 1 })
  const index = parseTarIndex(Buffer.from(formatTarIndex(onDisk(entries), sizes)), '/x.tar')
  assert.deepEqual([...(index?.below(root) ?? [])].map(plain), [...(index?.below(root) ?? [])].map(plain))
})

test('tar index: a damaged, truncated or unrelated file is rejected', () => {
  const good = Buffer.from(formatTarIndex([], sizes))
  assert.notEqual(parseTarIndex(good, '/x.tar'), undefined)
  for (let at = 0; at < good.length; at++) {
    const changed = Buffer.from(good)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(parseTarIndex(changed, '/x.tar'), undefined, `byte ${at}`)
    assert.equal(parseTarIndex(good.subarray(0, at), '/x.tar'), undefined, `length ${at}`)
  }
})
