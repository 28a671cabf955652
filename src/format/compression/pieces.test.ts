import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { plain } from '../../tree/entry.ts'
import { headerBytes } from '../tar/encode.ts'
import { paddingOf } from '../tar/member.ts'
import { gzipRule } from './gzip.ts'
import { pieces } from './pieces.ts'

interface File {
  readonly name: string
  readonly content: Uint8Array
}

const end = new Uint8Array(1024)

function member({ name, content }: File): Uint8Array {
  const header = {
    type: 'file',
    name,
    link: '',
    size: content.length,
    metadata: plain(0o644),
    major: 0,
    minor: 0,
  } as const
  return Buffer.concat([headerBytes(header), content, new Uint8Array(paddingOf(content.length))])
}

function archive(files: readonly File[]): Uint8Array {
  return Buffer.concat([...files.map(member), end])
}

/** Files whose names and sizes differ, and whose content is theirs alone. */
function files(count: number, prefix: string): readonly File[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `nix/store/${prefix}/share/${index}/${createHash('sha256').update(`${prefix}${index}`).digest('hex')}`
    return { name, content: Buffer.alloc((index * 7919) % 9000, name) }
  })
}

async function cut(bytes: Uint8Array, chunkSize: number = bytes.length): Promise<readonly Uint8Array[]> {
  const chunks = function* (): Generator<Uint8Array> {
    // A chunk is only lent: it is overwritten as soon as the next is asked for.
    const lent = new Uint8Array(chunkSize)
    for (let at = 0; at < bytes.length; at += chunkSize) {
      const part = bytes.subarray(at, at + chunkSize)
      lent.set(part)
      yield lent.subarray(0, part.length)
      lent.fill(0)
    }
  }
  return Array.fromAsync(pieces(chunks(), gzipRule, () => new Uint8Array(gzipRule.most)))
}

function digests(parts: readonly Uint8Array[]): readonly string[] {
  return parts.map((part) => createHash('sha256').update(part).digest('hex'))
}

test('pieces are the whole, whatever chunks it came in, and keep to their sizes', async () => {
  const whole = archive(files(4000, 'a'))
  const parts = await cut(whole)
  assert.ok(Buffer.concat(parts).equals(whole))
  for (const chunkSize of [511, 100_000]) assert.deepEqual(digests(await cut(whole, chunkSize)), digests(parts))
  assert.ok(parts.length > 8)
  for (const { length } of parts.slice(0, -1)) assert.ok(length >= gzipRule.least && length <= gzipRule.most)
})

test('a file that changes its size changes the pieces around it alone', async () => {
  const before = files(6000, 'b')
  const after = before.with(3000, { name: before[3000]?.name ?? '', content: Buffer.alloc(12_345, 'changed') })
  const known = new Set(digests(await cut(archive(before))))
  const parts = await cut(archive(after))
  const made = parts.filter((_, index) => !known.has(digests(parts)[index] ?? ''))
  assert.ok(made.length >= 1 && made.length <= 2, `${made.length}`)
  const [moved] = parts.slice(-1)
  assert.ok(moved !== undefined && known.has(digests([moved])[0] ?? ''))
})

test('a large file has the same pieces whatever is before it and whatever it is called', async () => {
  const content = Buffer.alloc(9_000_000, createHash('sha256').update('large').digest('hex'))
  for (let at = 0; at < content.length; at += 4096) content.writeUInt32LE(at, at)
  const [one, other] = [
    await cut(archive([{ name: 'lib/one', content }])),
    await cut(archive([...files(100, 'c'), { name: 'lib/other', content }])),
  ]
  const shared = digests(one).filter((digest) => digests(other).includes(digest))
  assert.equal(shared.length, Math.ceil(content.length / gzipRule.large))
})

test('a layer has the pieces in a docker-archive that it has alone', async () => {
  const layers = [archive(files(1500, 'd')), archive(files(700, 'e')), archive(files(2, 'f'))]
  const whole = archive(layers.map((content, index) => ({ name: `${index}/layer.tar`, content })))
  const found = new Set(digests(await cut(whole)))
  for (const layer of layers.slice(0, 2))
    for (const digest of digests(await cut(layer))) assert.ok(found.has(digest), digest)
})

test('what is no archive, or lies about its sizes, is cut at the largest size and comes back', async () => {
  const noise = Buffer.alloc(9_000_001, 'no archive ')
  assert.deepEqual(
    (await cut(noise)).map(({ length }) => length),
    [4_194_304, 4_194_304, 611_393],
  )
  const lying = Buffer.concat([member({ name: 'x.tar', content: Buffer.alloc(300_000, 1) }), noise])
  // The size field of the first header: more than there is, then nothing that is a number.
  for (const size of ['77777777777', 'abcdefghijk']) {
    lying.write(size, 124, 'latin1')
    assert.ok(Buffer.concat(await cut(lying, 70_001)).equals(lying))
  }
  assert.deepEqual(await cut(new Uint8Array(0), 1), [])
})

test('the cuts of the encoders by their present names never change', async () => {
  const large = { name: 'nix/store/g/large', content: Buffer.alloc(5_000_000, 'large') }
  const layer = archive([...files(2000, 'g'), large, ...files(500, 'h')])
  const parts = await cut(archive([{ name: 'layer.tar', content: layer }]))
  const last = [1_021_440, 379_904, 446_464, 685_056, 909_824, 1024]
  assert.deepEqual(
    parts.map(({ length }) => length),
    [
      ...[512, 503_808, 273_408, 451_584, 838_656, 800_768, 770_048, 563_200, 293_888, 893_440, 301_568, 1_153_536],
      ...[987_136, 512_512, 1_158_144, 382_464, 345_088, 311_296, 2_097_152, 2_097_152, ...last],
    ],
  )
})
