import assert from 'node:assert/strict'
import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { type Layout, layoutOf, makeFolders } from '../layout.ts'
import { piecesIn, surplusPieces } from './pieces.ts'

const piece = Buffer.alloc(100, 'piece')

function store(): Layout {
  const layout = layoutOf(temporaryFolder())
  makeFolders(layout)
  return layout
}

test('pieces: a kept piece is found, by its own name only', () => {
  const layout = store()
  {
    using pieces = piecesIn(layout)
    pieces.keep('deflate-1-6-aa', piece)
  }
  using pieces = piecesIn(layout)
  assert.ok(piece.equals(pieces.find('deflate-1-6-aa') ?? Buffer.of()))
  assert.equal(pieces.find('deflate-1-6-bb'), undefined)
  assert.deepEqual(readdirSync(layout.temporary), [])
})

test('pieces: a truncated or damaged piece is not used, and is replaced', () => {
  const layout = store()
  using pieces = piecesIn(layout)
  const file = join(layout.pieces, 'one')
  for (const damage of [
    () => truncateSync(file, 50),
    () => truncateSync(file, 2),
    () => {
      rmSync(file)
      writeFileSync(file, Buffer.alloc(104, 'x'))
    },
    () => {
      rmSync(file)
      writeFileSync(file, Buffer.alloc(4))
    },
  ]) {
    pieces.keep('one', piece)
    damage()
    assert.equal(pieces.find('one'), undefined)
    pieces.keep('one', piece)
    assert.ok(piece.equals(pieces.find('one') ?? Buffer.of()))
  }
})

test('pieces: over the limit, the least recently used are removed first', () => {
  const layout = store()
  using pieces = piecesIn(layout, { most: 2000 })
  for (let index = 0; index < 100; index++) {
    pieces.keep(`${index}`, piece)
    pieces.find('0')
  }
  const names = readdirSync(layout.pieces)
  const bytes = names.reduce((sum, name) => sum + statSync(join(layout.pieces, name)).size, 0)
  assert.ok(bytes <= 2500 && bytes >= 1500, `${bytes}`)
  assert.ok(names.includes('0') && names.includes('99') && !names.includes('1'))
})

test('pieces: none is kept where the disk would be left with too little free space', () => {
  const layout = store()
  using pieces = piecesIn(layout, { free: Number.MAX_SAFE_INTEGER })
  pieces.keep('one', piece)
  assert.equal(pieces.find('one'), undefined)
  assert.deepEqual([...readdirSync(layout.pieces), ...readdirSync(layout.temporary)], [])
})

test('pieces: surplus pieces are those unused since a given time, and those over a given size', () => {
  const layout = store()
  using pieces = piecesIn(layout)
  pieces.keep('one', piece)
  const { ctimeMs } = statSync(join(layout.pieces, 'one'))
  const surplus = (usedSince: number, most: number) => surplusPieces(layout, { usedSince, most }).length
  assert.deepEqual(
    [surplus(ctimeMs / 1000 - 1, 1000), surplus(ctimeMs / 1000 + 1, 1000), surplus(0, 103), surplus(0, 104)],
    [0, 1, 1, 0],
  )
})

test('pieces: in a read-only store nothing is kept, and nothing fails', () => {
  const layout = store()
  rmSync(layout.pieces, { recursive: true })
  {
    using pieces = piecesIn(layout)
    pieces.keep('one', piece)
    assert.equal(pieces.find('one'), undefined)
  }
  assert.deepEqual(readdirSync(layout.temporary), [])
})
