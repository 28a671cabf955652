/** Archives damaged by accident or on purpose: a result or one clear error, never a crash, never much memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { BuildError } from '../../src/base/error.ts'
import { indexTar } from '../../src/format/tar/read.ts'
import { writeTar } from '../../src/format/tar/write.ts'
import { entriesOf } from '../support/archives.ts'
import { arbitraryEntries } from '../support/entries.ts'

const archive = arbitraryEntries().map((entries) => gather(writeTar(entries, { names: 'absolute', end: 'blocks' })))

type Damage = (bytes: Buffer) => Buffer

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(
    ([at, byte]): Damage =>
      (bytes) => {
        bytes[at % bytes.length] = byte
        return bytes
      },
  ),
  fc.nat().map(
    (at): Damage =>
      (bytes) =>
        bytes.subarray(0, at % bytes.length),
  ),
  fc.tuple(fc.nat(), fc.nat()).map(
    ([from, to]): Damage =>
      (bytes) => {
        bytes.copy(bytes, to % bytes.length, from % bytes.length)
        return bytes
      },
  ),
  fc.tuple(fc.nat(), fc.nat(600)).map(
    ([at, count]): Damage =>
      (bytes) => {
        const start = at % bytes.length
        return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + count)])
      },
  ),
)

// So that damage gets past the checksum.
function resum(bytes: Buffer): Buffer {
  for (let start = 0; start + 512 <= bytes.length; start += 512) {
    const block = bytes.subarray(start, start + 512)
    if (block.toString('latin1', 257, 262) !== 'ustar') continue
    block.fill(' ', 148, 156)
    block.write(
      `${block
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0`,
      148,
    )
  }
  return bytes
}

for (const isSummed of [false, true]) {
  test(`2,000 damaged archives ${isSummed ? 'with right checksums ' : ''}are read or refused`, () => {
    let refused = 0
    fc.assert(
      fc.property(archive, fc.array(damage, { minLength: 1, maxLength: 3 }), (bytes, damages) => {
        const broken = damages.reduce<Buffer>(
          (now, change) => (now.length === 0 ? now : change(now)),
          Buffer.from(bytes),
        )
        try {
          entriesOf(isSummed ? resum(broken) : broken, 333)
        } catch (error) {
          assert.ok(error instanceof BuildError, String(error))
          assert.match(error.code, /^(archive\.invalid|tar\.unsupported)$/)
          refused++
        }
      }),
      { numRuns: 2000 },
    )
    assert.ok(refused > 200, `${refused} of 2,000 refused`)
  })
}

test('random bytes are not an archive', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), (bytes) => {
      if (bytes.every((byte) => byte === 0)) return
      assert.throws(() => [...indexTar([bytes])], { code: 'archive.invalid' })
    }),
    { numRuns: 500 },
  )
})

test('a member of a petabyte and a thousand extended headers take no memory', () => {
  const block = resum(Buffer.from(longHeader('x', 1_000_000)))
  const body = Buffer.from(
    `1000000 path=${'a'.repeat(1_000_000 - 14)}\n`.padEnd(Math.ceil(1_000_000 / 512) * 512, '\0'),
  )
  function* bomb(): Generator<Uint8Array> {
    for (let i = 0; i < 1000; i++) yield* [block, body]
  }
  const before = process.memoryUsage().rss
  assert.throws(() => [...indexTar(bomb())], { code: 'archive.invalid' })
  assert.ok(process.memoryUsage().rss - before < 300 * 2 ** 20)
  const large = resum(Buffer.from(longHeader('0', 8 ** 11 - 1)))
  assert.throws(() => [...indexTar([large, body])], { code: 'archive.invalid' })
})

function longHeader(type: string, size: number): string {
  const fields = `${'a'.padEnd(100, '\0')}0000644\0${'0000000\0'.repeat(2)}${size.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`
  return `${fields}        ${type}`.padEnd(257, '\0').concat('ustar\x0000').padEnd(512, '\0')
}
