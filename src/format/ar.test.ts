import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect } from '../base/bytes.ts'
import { readAr } from './ar.ts'

function member(name: string, content: string): string {
  const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`
  return `${header}${String(content.length).padEnd(10)}\`\n${content}${content.length % 2 === 1 ? '\n' : ''}`
}

function* cut(text: string, size: number): Generator<Uint8Array> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size), 'latin1')
}

async function read(text: string, size: number = text.length): Promise<string[]> {
  const found: string[] = []
  for await (const { name, bytes } of readAr(cut(text, size))) {
    found.push(`${name}=${Buffer.from(await collect(bytes)).toString('latin1')}`)
  }
  return found
}

const archive = `!<arch>\n${member('debian-binary', '2.0\n')}${member('odd/', 'abc')}${member('empty', '')}`

test('ar: members come in order, whatever the chunks, with padding and a "/" behind the name left out', async () => {
  for (const size of [1, 7, 60, 1000]) {
    assert.deepEqual(await read(archive, size), ['debian-binary=2.0\n', 'odd=abc', 'empty='])
  }
})

test('ar: a member that is not read, or read in part, is passed over', async () => {
  const names: string[] = []
  for await (const each of readAr(cut(archive, 2))) {
    names.push(each.name)
    for await (const _first of each.bytes) break
  }
  assert.deepEqual(names, ['debian-binary', 'odd', 'empty'])
})

test('ar: the padding behind the last member may be missing', async () => {
  assert.deepEqual(await read(`!<arch>\n${member('a', 'abc').slice(0, -1)}`), ['a=abc'])
})

test('ar: what is cut off, damaged or something else is refused', async () => {
  const bad = ['', '!<arch>', 'something else', archive.slice(0, 30), archive.slice(0, 70), archive.replace('`', "'")]
  const sizes = archive.replace(/4 {9}`/, '-4        `')
  for (const text of [...bad, sizes]) {
    await assert.rejects(read(text), { code: 'archive.invalid' }, JSON.stringify(text.slice(0, 20)))
  }
})

test('ar: the source is closed when reading stops early', async () => {
  let closed = false
  function* source(): Generator<Uint8Array> {
    try {
      yield* cut(archive, 10)
    } finally {
      closed = true
    }
  }
  for await (const _member of readAr(source())) break
  assert.equal(closed, true)
})
