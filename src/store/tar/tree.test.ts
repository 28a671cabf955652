import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { treeContract } from '../../../test/contract/tree.contract.ts'
import { tarOf } from '../../../test/support/tar-of.ts'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { gather } from '../../base/bytes.ts'
import { memoryTree } from '../../tree/memory.ts'
import { entryPathOf } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import { openTar, readTarIndex } from './tree.ts'

const folder = temporaryFolder()
const tar = join(folder, 'layer.tar')
const index = join(folder, 'layer.index')
writeFileSync(
  tar,
  tarOf([
    ['b', 'second'],
    ['a', 'first'],
  ]),
)

const none = (): Tree => memoryTree({})

function contents(tree: Tree): readonly string[] {
  return [...tree.entries()].flatMap((entry) =>
    entry.kind === 'file' ? [`${entry.path}=${Buffer.from(gather(entry.content.open())).toString()}`] : [],
  )
}

test('tar tree: the index is made once, and then gives contents by offset', () => {
  assert.equal(readTarIndex(tar, index, none), undefined)
  assert.deepEqual(contents(openTar(tar, index).tree), ['a=first', 'b=second'])
  const made = readFileSync(index)
  assert.deepEqual(contents(openTar(tar, index).tree), ['a=first', 'b=second'])
  assert.deepEqual(readFileSync(index), made)
})

test('tar tree: knows the size of the archive and of its members', () => {
  const { tarSize, membersSize } = openTar(tar, index)
  assert.equal(tarSize, readFileSync(tar).length)
  assert.equal(membersSize, tarSize - 1024)
})

test('tar tree: a damaged index, or one of an archive of another size, is made again', () => {
  writeFileSync(index, readFileSync(index).subarray(0, 60))
  assert.deepEqual(contents(openTar(tar, index).tree), ['a=first', 'b=second'])
  writeFileSync(tar, tarOf([['c', 'third']]))
  assert.deepEqual(contents(openTar(tar, index).tree), ['c=third'])
  assert.notEqual(readTarIndex(tar, index, none), undefined)
})

test('tar tree: paths are looked up in the index, which is read once for all of them', () => {
  const large = join(folder, 'large.tar')
  writeFileSync(large, tarOf(Array.from({ length: 40 }, (_, number) => [`d/${number}`, `${number}`])))
  const { tree } = openTar(large, `${large}.index`)
  treeContract(tree, { parents: false })
  rmSync(`${large}.index`)
  assert.equal(Buffer.from(tree.read(entryPathOf('d/17')) ?? []).toString(), '17')
  assert.equal(existsSync(`${large}.index`), false)
})

test('tar tree: a read-only archive is readable', () => {
  const closed = join(folder, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o500)
  assert.deepEqual(contents(openTar(tar, join(closed, 'gone', 'x.index')).tree), ['c=third'])
  assert.equal(existsSync(join(closed, 'gone')), false)
})

test('tar tree: an archive that has become shorter is an error that names it', () => {
  const short = join(folder, 'short.tar')
  writeFileSync(short, tarOf([['a', 'x'.repeat(5000)]]))
  const { tree } = openTar(short, join(folder, 'short.index'))
  writeFileSync(short, readFileSync(short).subarray(0, 2000))
  assert.throws(() => contents(tree), { code: 'content.changed', message: /short\.tar/ })
  rmSync(short)
})
