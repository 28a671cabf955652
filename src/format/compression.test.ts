import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { digestOf } from '../base/digest.ts'
import { compressorNames, compressors, encoderName } from './compression/compressors.ts'
import { checkVersion } from './compression/zstd.ts'
import { type Compression, compress, decompress, detect } from './compression.ts'

// Compresses a little, and is longer than one of gzip's chunks.
const content = Buffer.from(Array.from({ length: 700_000 }, (_, i) => `${(i * 2_654_435_761) % 1009},`).join(''))

function* cutUp(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield Uint8Array.from(bytes.subarray(start, start + size))
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes, (chunk) => Buffer.from(chunk)))
}

test('compressions are recognised by their first bytes', () => {
  assert.equal(detect(gzipSync('')), 'gzip')
  assert.equal(detect(zstdCompressSync('')), 'zstd')
  assert.equal(detect(Buffer.from('502a4d1804000000', 'hex')), 'zstd')
  assert.equal(detect(Buffer.from('fd377a585a000004', 'hex')), 'xz')
  assert.equal(detect(Buffer.from('425a6839314159265359', 'hex')), 'bzip2')
  assert.equal(detect(Buffer.from('425a6839177245385090', 'hex')), 'bzip2')
  assert.equal(detect(Buffer.from('BZh9 is text')), 'none')
  assert.equal(detect(new Uint8Array()), 'none')
})

const kinds = { none: 'none', gz: 'gzip', zstd: 'zstd' } as const satisfies Record<string, Compression>

for (const name of compressorNames) {
  const [compressor, kind] = [compressors[name], kinds[name]]
  test(`${name}: what is packed is unpacked, and is the same however it arrived`, async () => {
    const packed = await all(compress(compressor, [content]))
    for (const size of [1000, 2 ** 20 + 1]) {
      assert.ok((await all(compress(compressor, cutUp(content, size)))).equals(packed))
      assert.ok((await all(decompress(kind, cutUp(packed, size)))).equals(content))
    }
    const empty = await all(compress(compressor, []))
    assert.equal((await all(decompress(kind, [empty]))).length, 0)
  })
}

test('content that fills its chunks exactly is packed whole', async () => {
  for (const size of [2 ** 21, 2 ** 23]) {
    const zeros = Buffer.alloc(size)
    for (const name of ['gz', 'zstd'] as const)
      assert.ok((await all(decompress(kinds[name], compress(compressors[name], [zeros])))).equals(zeros))
  }
})

test('zstd is refused under a Node that has another version of its library', () => {
  for (const found of ['1.5.6', '1.6.0', undefined])
    assert.throws(() => checkVersion(found), {
      code: 'compression.unavailable',
      message: /zstd 1\.5\.7.*compressor "gz"/s,
    })
  checkVersion('1.5.7')
})

test('gzip is one member without a time, written by nobody', async () => {
  const packed = await all(compress(compressors.gz, [content]))
  assert.equal(packed.subarray(0, 10).toString('hex'), '1f8b08000000000000ff')
  assert.equal(packed.readUInt32LE(packed.length - 4), content.length)
})

/** Words, numbers and noise. */
function varied(size: number): Uint8Array {
  let state = 1
  const next = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const word = (): string => next(next(5000) + 1).toString(36 - next(4))
  let text = ''
  while (text.length < size)
    text += next(50) === 0 ? String.fromCharCode(...Array.from(Array(99), () => next(256))) : `${word()} `
  return Buffer.from(text, 'latin1').subarray(0, size)
}

const golden = [
  [{ name: 'gz', level: 1 }, 'sha256:f02aaaec388c6726f7fd300acbe01151d2cc4131c43aaf0f8d2f2f0daff96198'],
  [{ name: 'gz', level: 6 }, 'sha256:e94e98851dd80618cf81667c7f008b809ba4e674350fbc3d1af220c783dd2576'],
  [{ name: 'gz', level: 9 }, 'sha256:c1fd36acf13ebc32804597fe82cc49f575e900547e2ebe6646ba5d3d3fd3e632'],
  [{ name: 'zstd', level: 3 }, 'sha256:9c54d528a8eac4c1d97ca6d3383919c1c603664adb54b31b5d7f3e053aac13e9'],
] as const
for (const [compressor, digest] of golden) {
  test(`${encoderName(compressor)} makes the bytes it always made`, async () => {
    // A changed encoder is a new encoder: give it a new name (compressors.ts), never this one another digest.
    assert.equal(digestOf(await all(compress(compressor, [varied(6_000_000)]))), digest)
  })
}

test('gzip members may be joined anywhere, zeros may follow, anything else may not', async () => {
  const joined = Buffer.concat([gzipSync('one'), gzipSync(''), gzipSync('two')])
  for (let at = 0; at <= joined.length; at++)
    assert.equal((await all(decompress('gzip', [joined.subarray(0, at), joined.subarray(at)]))).toString(), 'onetwo')
  const padded = [joined, Buffer.alloc(1000), Buffer.alloc(1000)]
  assert.equal((await all(decompress('gzip', padded))).toString(), 'onetwo')
  for (const rest of ['garbage', '\0\0garbage', `\0${gzipSync('x').toString('latin1')}`]) {
    await rejected(decompress('gzip', [Buffer.concat([joined, Buffer.from(rest, 'latin1')])]))
    await rejected(decompress('gzip', [joined, Buffer.from(rest, 'latin1')]))
  }
})

test('zstd frames and skippable frames may be joined anywhere, nothing else may follow', async () => {
  const skippable = Buffer.from('502a4d1803000000616263', 'hex')
  const joined = Buffer.concat([
    skippable,
    zstdCompressSync('one'),
    skippable,
    zstdCompressSync(''),
    zstdCompressSync('two'),
  ])
  for (let at = 0; at <= joined.length; at++)
    assert.equal((await all(decompress('zstd', [joined.subarray(0, at), joined.subarray(at)]))).toString(), 'onetwo')
  // Node 26 takes up to three bytes with which another frame could begin for nothing.
  const beginning = Number.parseInt(process.versions.node, 10) < 26 ? ['\x28'] : []
  for (const rest of ['garbage', '\0', ...beginning])
    await rejected(decompress('zstd', [Buffer.concat([joined, Buffer.from(rest, 'latin1')])]))
})

test('a large zstd window is refused unless it is asked for', async () => {
  // A frame header alone: window of 2^30 bytes, then one raw block of one byte.
  const frame = Buffer.from('28b52ffd00a009000078', 'hex')
  await rejected(decompress('zstd', [frame]))
  assert.equal((await all(decompress('zstd', [frame], { windowLog: 30 }))).toString(), 'x')
})

test('data that ends early is refused at every length, empty data too', async () => {
  for (const [kind, packed] of [
    ['gzip', gzipSync('content')],
    ['zstd', zstdCompressSync('content')],
  ] as const)
    for (let length = 0; length < packed.length; length++)
      await rejected(decompress(kind, [packed.subarray(0, length)]))
})

test('an error names the bytes and what is wrong with them', async () => {
  await assert.rejects(all(decompress('gzip', [Buffer.from('x')], { name: 'a.tar.gz' })), {
    code: 'compression.corrupt',
    message: '"a.tar.gz": The gzip data is broken: unexpected end of file. Fetch or make the file again.',
  })
})

test('what unpacks to more than was allowed is refused in time, but only when it is also out of proportion', async () => {
  const packed = gzipSync(Buffer.alloc(10_000_000))
  const limit = { maxBytes: 1_000_000 }
  await assert.rejects(all(decompress('gzip', [packed], { limit })), { code: 'archive.bomb' })
  await assert.rejects(all(decompress('gzip', [packed], { limit: { ...limit, packedSize: 99_999 } })), {
    code: 'archive.bomb',
  })
  assert.equal(
    (await all(decompress('gzip', [packed], { limit: { ...limit, packedSize: 100_000 } }))).length,
    10_000_000,
  )
  assert.equal((await all(decompress('gzip', [packed], { limit: { ...limit, ratio: 2000 } }))).length, 10_000_000)
  assert.equal((await all(decompress('gzip', [packed], { limit: {} }))).length, 10_000_000)
})

test('the failure of a source is passed on as it is', async () => {
  for (const name of compressorNames) {
    const [compressor, kind] = [compressors[name], kinds[name]]
    const packed = await all(compress(compressor, [content]))
    for (const length of [5, packed.length])
      await assert.rejects(all(decompress(kind, failing(packed.subarray(0, length)))), /the source broke/)
    if (name !== 'none') await assert.rejects(all(compress(compressor, failing(content))), /the source broke/)
  }
})

test('a source is closed when nobody asks any more', async () => {
  for (const name of compressorNames) {
    const packed = await all(compress(compressors[name], [content]))
    for (const reading of [
      (source: Iterable<Uint8Array>) => decompress(kinds[name], source),
      (source: Iterable<Uint8Array>) => compress(compressors[name], source),
    ]) {
      let isClosed = false
      const source = function* (): Generator<Uint8Array> {
        try {
          for (let round = 0; round < 100; round++) yield* cutUp(packed, 1000)
        } finally {
          isClosed = true
        }
      }
      let count = 0
      for await (const _ of reading(source())) if (++count === 2) break
      assert.ok(isClosed, name)
    }
  }
})

function* failing(bytes: Uint8Array): Generator<Uint8Array> {
  yield bytes
  throw new Error('the source broke')
}

async function rejected(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await assert.rejects(all(bytes), { code: 'compression.corrupt' })
}

test('decompress: lent chunks have the same bytes until the next is asked for', async () => {
  for (const size of [0, 1, 262_143, 262_144, 262_145, 1_000_000, 2 * 262_144]) {
    const bytes = randomBytes(size)
    for (const [kind, packed] of [
      ['gzip', gzipSync(bytes)],
      ['zstd', zstdCompressSync(bytes)],
    ] as const) {
      const chunks = [packed.subarray(0, 100), packed.subarray(100, 70_000), packed.subarray(70_000)]
      assert.ok((await allLent(kind, chunks)).equals(bytes), `${kind} ${size}`)
    }
  }
})

async function allLent(kind: Compression, chunks: readonly Uint8Array[]): Promise<Buffer> {
  const found: Uint8Array[] = []
  for await (const chunk of decompress(kind, chunks, { chunks: 'lent' })) found.push(new Uint8Array(chunk))
  return Buffer.concat(found)
}

test('decompress: small gzip in one chunk has the bytes and the errors of gzip in several', async () => {
  for (const size of [0, 1, 62, 63, 64, 65_535, 65_536, 2_097_151, 2_097_152, 2_097_153]) {
    const bytes = Buffer.alloc(size, 'as compressible as text')
    const packed = gzipSync(bytes)
    assert.ok((await allLent('gzip', [packed])).equals(bytes), `${size}`)
    assert.ok((await all(decompress('gzip', [packed]))).equals(bytes), `${size}`)
  }
  const packed = gzipSync('content')
  for (let at = 0; at < packed.length; at++) {
    const damaged = Buffer.from(packed)
    damaged.writeUInt8(packed.readUInt8(at) ^ 255, at)
    const ends = [[damaged], [damaged.subarray(0, 4), damaged.subarray(4)]].map((chunks) =>
      all(decompress('gzip', chunks)).then(String, String),
    )
    const [one, several] = await Promise.all(ends)
    assert.equal(one, several, `byte ${at}`)
  }
})

test('decompress: a source may use the memory of a chunk again for the next one', async () => {
  const bytes = randomBytes(300_000)
  for (const [kind, packed] of [
    ['gzip', gzipSync(bytes)],
    ['zstd', zstdCompressSync(bytes)],
  ] as const) {
    const reused = Buffer.alloc(50_000)
    const source = function* (): Generator<Uint8Array> {
      for (let at = 0; at < packed.length; at += reused.length)
        yield reused.subarray(0, packed.copy(reused, 0, at, at + reused.length))
    }
    assert.ok((await all(decompress(kind, source()))).equals(bytes), kind)
  }
})
