import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { type Digest, digestOf } from '../base/digest.ts'
import type { Compression } from '../format/compression.ts'
import { openStore } from './disk-store.ts'
import { layoutOf } from './layout.ts'
import type { Store } from './store.ts'
import { fixedPath } from './store-path.ts'

/** Large enough for the thread, also when it is packed; with a part that packs well. */
const plain = Buffer.concat([randomBytes(2_000_000), Buffer.alloc(5_000_000, 'text'), randomBytes(700_001)])
const fixed = digestOf(plain)

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

interface Adding {
  readonly fixed?: Digest
  readonly maxBytes?: number
  readonly bytes?: Iterable<Uint8Array>
}

function add(store: Store, kind: Compression, packed: Uint8Array, more: Adding = {}) {
  const { fixed: hash = fixed, bytes = chunksOf(packed), maxBytes } = more
  const limit = { packedSize: packed.length, ...(maxBytes === undefined ? {} : { maxBytes, ratio: 0 }) }
  const file = { kind, bytes, size: packed.length, name: 'layer', limit }
  return store.addPacked(fixedPath(`file-${kind}`, hash), file, { fixed: hash })
}

test('addPacked: what is packed becomes the object that its plain bytes would be, large or small, several at a time', async () => {
  const folder = temporaryFolder()
  await using store = await openStore(join(folder, 'packed'))
  await using other = await openStore(join(folder, 'plain'))
  const small = Buffer.from('small')
  const hash = digestOf(small)
  const infos = await Promise.all([
    add(store, 'gzip', gzipSync(plain)),
    add(store, 'zstd', zstdCompressSync(plain)),
    store.addPacked(
      fixedPath('small', hash),
      { kind: 'gzip', bytes: [gzipSync(small)], size: 25, name: 'small', limit: {} },
      { fixed: hash },
    ),
  ])
  for (const info of infos.slice(0, 2)) {
    const bytes = readFileSync(store.physical(info.path))
    assert.equal(createHash('sha256').update(bytes).digest('hex'), fixed.slice(7))
    assert.deepEqual(info, await other.addFile(info.path, [plain], { fixed, size: plain.length, candidates: [] }))
  }
  assert.equal(readFileSync(store.physical(fixedPath('small', hash)), 'utf8'), 'small')
  // The thread is used again.
  assert.equal((await add(store, 'gzip', gzipSync(plain, { level: 1 }))).narSize, infos[0]?.narSize)
})

test('addPacked: broken, too large and wrong bytes are refused, and a failing source keeps its own error; nothing is left', async () => {
  await using store = await openStore(temporaryFolder())
  const packed = gzipSync(plain)
  const damaged = Buffer.from(packed)
  damaged.fill(0, 1_500_000, 1_500_100)
  const refused = (code: string, bytes: Uint8Array, more: Adding = {}) =>
    assert.rejects(add(store, 'gzip', bytes, more), { code })
  function* failing(): Generator<Uint8Array> {
    yield* chunksOf(packed.subarray(0, 1_000_000))
    throw new Error('the source is gone')
  }
  await Promise.all([
    refused('compression.corrupt', damaged, { fixed: digestOf('a') }),
    refused('compression.corrupt', packed.subarray(0, -9), { fixed: digestOf('b') }),
    refused('archive.bomb', packed, { fixed: digestOf('c'), maxBytes: 6_000_000 }),
    refused('store.hash-mismatch', packed, { fixed: digestOf('d') }),
    assert.rejects(add(store, 'gzip', packed, { fixed: digestOf('e'), bytes: failing() }), /the source is gone/),
  ])
  // The open store holds one directory there, with its lock.
  const { temporary } = layoutOf(store.root)
  const held = readdirSync(temporary).map((name) => readdirSync(join(temporary, name)))
  assert.deepEqual(held, [['lock']])
  assert.deepEqual(readdirSync(layoutOf(store.root).objects), [])
})
