import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { gather } from '../base/bytes.ts'
import { readPieces, writeTar } from '../format/tar/write.ts'
import { entryPathOf, path } from '../tree/path.ts'
import { under } from '../tree/transform.ts'
import { objectTree } from './disk-reader.ts'
import { formatOutline, readOutline } from './outline.ts'
import { recipePath } from './store-path.ts'

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
  // Enough headers for more than one frame.
  for (let i = 0; i < 1500; i++) writeFileSync(join(place, `many-${i}`), `${i}`)
}

makeObject()
writeFileSync(file, formatOutline(object, objectTree(place)))

test('outline: its pieces are what the tree gives to a layer, and its size is theirs', () => {
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

test('outline: contents are not in it', () => {
  const text = Buffer.from(formatOutline(object, objectTree(place)))
  assert.ok(text.length < 100_000)
})

test('outline: what is missing or of another version is undefined, what is damaged is an error that names it', () => {
  assert.equal(readOutline(`${place}.none`, place), undefined)
  writeFileSync(`${place}.other`, 'slipway-outline-0\n12345678')
  assert.equal(readOutline(`${place}.other`, place), undefined)
  const good = formatOutline(object, objectTree(place))
  for (let at = 30; at < good.length; at += 997) {
    const damaged = Buffer.from(good)
    damaged[at] = (damaged[at] ?? 0) ^ 1
    writeFileSync(`${place}.damaged`, damaged)
    assert.throws(() => [...(readOutline(`${place}.damaged`, place)?.pieces() ?? [])], {
      code: 'store.corrupt',
      message: /\.damaged is damaged\. Delete it/,
    })
  }
  writeFileSync(`${place}.damaged`, good.subarray(0, 30))
  assert.throws(() => [...(readOutline(`${place}.damaged`, place)?.pieces() ?? [])], { code: 'store.corrupt' })
})
