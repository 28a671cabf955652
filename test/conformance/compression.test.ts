/**
 * slipway decompresses what the programs compress, and the programs decompress what slipway compresses; xz by the library and by the
 * program.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bunzip2 } from '../../src/format/compression/bzip2.ts'
import { compressors } from '../../src/format/compression/compressors.ts'
import { openInput } from '../../src/format/compression/input.ts'
import { unxz, unxzByProgram } from '../../src/format/compression/xz.ts'
import { type Compression, compress, decompress, detect } from '../../src/format/compression.ts'
import { all, cutUp } from '../support/archives.ts'
import { missing } from '../support/command.ts'

const root = join(import.meta.dirname, '../..')
const content = Buffer.from(Array.from({ length: 400_000 }, (_, i) => `${(i * 2_654_435_761) % 1009},`).join(''))
const programs = ['gzip', 'zstd', 'xz', 'bzip2'] as const

function run(program: string, flags: readonly string[], input: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync(program, flags, { input, maxBuffer: 2 ** 28 })
  assert.equal(status, 0, stderr?.toString())
  return stdout
}

function without(program: string): string | false {
  return spawnSync(program, ['--help']).error === undefined ? false : `needs ${program}`
}

const flags: Readonly<Record<(typeof programs)[number], readonly string[][]>> = {
  gzip: [['-1'], ['-9'], ['-n']],
  zstd: [['-1'], ['-19', '--long=27'], ['--no-check', '--no-content-size'], ['-T2', '-B512K']],
  xz: [['-0'], ['-T2', '--block-size=300KiB'], ['--check=none'], ['--check=sha256'], ['--x86', '--lzma2']],
  bzip2: [['-1'], ['-9']],
}

for (const program of programs) {
  test(`${program}: its output is decompressed, including several members or streams`, {
    skip: without(program),
  }, async () => {
    for (const options of flags[program]) {
      const packed = run(program, ['-c', ...options], content)
      assert.equal(detect(packed), program)
      const joined = Buffer.concat([packed, run(program, ['-c'], Buffer.alloc(0)), packed])
      for (const size of [joined.length, 5000]) {
        const unpacked = await all(decompress(program, cutUp(joined, size)))
        assert.ok(unpacked.equals(Buffer.concat([content, content])), `${options} in chunks of ${size}`)
      }
    }
  })

  test(`${program}: truncated or damaged data is refused`, { skip: without(program) }, async () => {
    const packed = run(program, ['-c'], content.subarray(0, 20_000))
    for (let length = 0; length < packed.length; length += Math.max(1, Math.floor(packed.length / 40)))
      await rejected(program, packed.subarray(0, length))
    for (let back = 1; back <= 12; back++) await rejected(program, packed.subarray(0, packed.length - back))
    const damaged = Buffer.from(packed)
    damaged[packed.length >> 1] = (damaged[packed.length >> 1] ?? 0) ^ 0x10
    await rejected(program, damaged)
    await rejected(program, Buffer.concat([packed, Buffer.from('trailing garbage')]))
  })
}

for (const [name, program] of [
  ['gz', 'gzip'],
  ['zstd', 'zstd'],
] as const) {
  test(`${program}: decompresses our output, at every level`, { skip: without(program) }, async () => {
    for (const level of [1, name === 'gz' ? 9 : 12]) {
      const packed = await all(compress({ name, level }, [content, content, content, content, content, content]))
      assert.ok(run(program, ['-dc'], packed).equals(Buffer.concat(Array(6).fill(content))))
    }
    assert.equal(run(program, ['-dc'], await all(compress(compressors[name], []))).length, 0)
  })
}

const readers: readonly (readonly [program: string, words: readonly string[]])[] = [
  ['gzip', ['-dc']],
  ['pigz', ['-dc']],
  ['python3', ['-c', 'import gzip, sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))']],
]
const node = readFileSync(process.execPath)
const scripts = globSync(`${root}/node_modules/undici/lib/**/*.js`).map((file) => readFileSync(file))
const corpora: Readonly<Record<string, Uint8Array>> = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  zeros: Buffer.alloc(9_000_000),
  'a program': node.subarray(0, 4_500_000),
  JavaScript: Buffer.concat(scripts),
  compressed: gzipSync(node.subarray(0, 3_000_000), { level: 1 }),
  'a piece less one byte': content.subarray(0, 262_143),
  'four MiB': Buffer.concat(Array(3).fill(content)).subarray(0, 4_194_304),
  'four MiB and one byte': Buffer.concat(Array(3).fill(content)).subarray(0, 4_194_305),
}
const packed = new Map<string, Buffer>()
before(async () => {
  for (const [name, bytes] of Object.entries(corpora)) packed.set(name, await all(compress(compressors.gz, [bytes])))
})
for (const [program, words] of readers) {
  test(`${program}: reads our gzip of all kinds of input`, { skip: without(program) }, () => {
    for (const [name, bytes] of Object.entries(corpora))
      assert.ok(run(program, words, packed.get(name) ?? Buffer.of()).equals(bytes), name)
  })
}

test('xz: the program gives the same bytes, and its failure is reported', { skip: without('xz') }, async () => {
  const packed = run('xz', ['-c'], content)
  const byProgram = unxz(openInput(cutUp(packed, 10_000)), async () => undefined)
  assert.ok((await all(byProgram)).equals(content))
  await assert.rejects(all(unxzByProgram(openInput([packed.subarray(0, 1000)]))), /Unexpected end of input/)
  for await (const _ of unxzByProgram(openInput(cutUp(packed, 100)))) break
})

test('xz: without library and program the error has a remedy', async () => {
  await assert.rejects(all(unxzByProgram(openInput([content]), 'no-such-program')), { code: 'compression.unavailable' })
})

test('bzip2: a bomb is stopped during decompression', { skip: without('bzip2') }, async () => {
  const sizes: number[] = []
  const packed = run('bzip2', ['-c'], Buffer.alloc(20_000_000))
  await assert.rejects(all(decompress('bzip2', [packed], { limit: { maxBytes: 1_000_000 } })), { code: 'archive.bomb' })
  await bunzip2(openInput([packed]), (size) => sizes.push(size)).next()
  assert.equal(sizes.at(-1), Math.floor(20_000_000 / 65_536) * 65_536)
})

test('bzip2: every stream is read block by block, and one with a wrong checksum is refused', {
  skip: without('bzip2'),
}, async () => {
  const large = run('bzip2', ['-c'], Buffer.alloc(100_000_000))
  const sizes: number[] = []
  await bunzip2(openInput([large]), (size) => sizes.push(size)).next()
  assert.ok((sizes.at(-1) ?? 0) < 50_000_000, `${sizes.at(-1)} bytes were unpacked before the first was given`)
  const two = [run('bzip2', ['-c'], content), run('bzip2', ['-c'], Buffer.from('x'))]
  assert.ok((await all(decompress('bzip2', two))).equals(Buffer.concat([content, Buffer.from('x')])))
  const broken = Buffer.from(run('bzip2', ['-c'], Buffer.from('x')))
  broken[broken.length - 2] = (broken.at(-2) ?? 0) ^ 0xff
  await rejected('bzip2', broken)
})

test('xz, bzip2: a failure of the source is passed on unchanged', {
  skip: without('xz') || without('bzip2'),
}, async () => {
  for (const kind of ['xz', 'bzip2'] as const) {
    const packed = run(kind, ['-c'], content)
    const source = function* (): Generator<Uint8Array> {
      yield packed.subarray(0, 5000)
      throw new Error('the source broke')
    }
    await assert.rejects(all(decompress(kind, source())), /the source broke/)
  }
})

async function rejected(kind: Compression, bytes: Uint8Array): Promise<void> {
  await assert.rejects(all(decompress(kind, [bytes])), { code: 'compression.corrupt' })
}

test('xz: exhausted file descriptors are reported as such, not as corrupt data', {
  skip: missing('bash'),
}, () => {
  const program = join(import.meta.dirname, '../support/programs/unxz-without-descriptors.ts')
  const line = `ulimit -n 60; '${process.execPath}' '${program}'`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' })
  assert.deepEqual([status, stdout], [0, 'machine.open-files\n'], stderr)
})
