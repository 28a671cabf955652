import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { gather } from '../../base/bytes.ts'
import { readPieces, writeTar } from '../../format/tar/write.ts'
import { entryPathOf, path } from '../../tree/path.ts'
import { under } from '../../tree/transform.ts'
import { objectTree } from '../disk-reader.ts'
import { recipePath } from '../store-path.ts'
import { readOutline, writeOutline } from './outline.ts'

const object = recipePath('sample', 1)
const place = join(temporaryFolder(), object)
const file = `${place}.outline`

function makeObject(): void {
  mkdirSync(join(place, 'größe'), { recursive: true })
  writeFileSync(join(place, 'größe', 'n'.repeat(150)), 'long name')
  writeFileSync(join(place, 'empty'), '')
  writeFileSync(join(place, 'large'), Buffer.alloc(300_000, 'seventeen letters'))
  // A name that is not UTF-8.
  writeFileSync(Buffer.concat([Buffer.from(`${place}/`), Buffer.from([0xff, 0x41])]), 'odd')
  for (let i = 0; i < 1500; i++) writeFileSync(join(place, `many-${i}`), `${i}`)
}

makeObject()
writeOutline({ path: object, tree: objectTree(place) }, file, {})

test('outline: equals the tree’s part of a layer, in bytes and size', () => {
  const outline = readOutline(file, place)
  const tree = under(objectTree(place), path(`nix/store/${object}`), { parents: false })
  const expected = gather(writeTar(tree.entries(), { names: 'absolute', end: 'none' }))
  for (let round = 0; round < 2; round++) {
    const found = gather(readPieces(outline?.pieces() ?? []))
    assert.ok(Buffer.from(found).equals(expected))
    assert.equal(outline?.size, expected.length)
  }
  assert.ok([...objectTree(place).entries()].some((entry) => entry.path === entryPathOf('\xffA')))
})

test('outline: contains small files, and those whose names are not UTF-8, but no other large ones', () => {
  const expected = gather(readPieces(readOutline(file, place)?.pieces() ?? []))
  const contents = [...(readOutline(file, place)?.pieces() ?? [])].map((piece) =>
    piece instanceof Uint8Array ? '' : piece.at.file,
  )
  assert.deepEqual([...new Set(contents)], [file, join(place, 'large')])
  rmSync(join(place, 'many-7'))
  rmSync(Buffer.concat([Buffer.from(`${place}/`), Buffer.from([0xff, 0x41])]))
  assert.ok(Buffer.from(gather(readPieces(readOutline(file, place)?.pieces() ?? []))).equals(expected))
})

test('outline: undefined if missing, of another version or damaged', () => {
  const copy = `${place}.copy`
  assert.equal(readOutline(copy, place), undefined)
  const good = readFileSync(file)
  const changed = (at: number): Buffer => {
    const bytes = Buffer.from(good)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
  }
  const short = [1, 70].map((size) => good.subarray(0, good.length - size))
  const damaged = [1, 20, 50, 60, 67, 80].map((back) => changed(good.length - back))
  for (const bytes of [good.subarray(-65), good.subarray(-66), good.subarray(-1000), ...short, ...damaged]) {
    writeFileSync(copy, bytes)
    assert.equal(readOutline(copy, place), undefined)
  }
})
