import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { missing } from '../../test/support/command.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { pump } from '../base/pump.ts'
import { isStandardOutput, sinkOf, writeOutput } from './output.ts'

const folder = temporaryFolder()
const place = (name: string): string => join(folder, name)
const write = (name: string, content: string, options?: { readonly signal: AbortSignal }): Promise<number> =>
  writeOutput(name, (descriptor) => pump([Buffer.from(content)], descriptor), options)

test('output: a new name and a regular file are written whole; a failure leaves what was there', async () => {
  await write(place('new'), 'new')
  assert.equal(readFileSync(place('new'), 'utf8'), 'new')
  writeFileSync(place('old'), 'old', { mode: 0o640 })
  linkSync(place('old'), place('other name'))
  const failing = writeOutput(place('old'), async (descriptor) => {
    await pump([Buffer.from('half')], descriptor)
    throw new Error('no more')
  })
  await assert.rejects(failing, /no more/)
  assert.equal(readFileSync(place('old'), 'utf8'), 'old')
  await write(place('old'), 'replaced')
  assert.deepEqual(
    [
      readFileSync(place('old'), 'utf8'),
      lstatSync(place('old')).mode & 0o777,
      readFileSync(place('other name'), 'utf8'),
    ],
    ['replaced', 0o640, 'old'],
  )
})

test('output: links are followed, and stay, also those to what is not there yet', async () => {
  mkdirSync(place('elsewhere'))
  symlinkSync('elsewhere/file', place('link'))
  symlinkSync(place('link'), place('link to link'))
  await write(place('link to link'), 'one')
  assert.equal(readFileSync(place('elsewhere/file'), 'utf8'), 'one')
  await write(place('link to link'), 'two')
  assert.equal(readFileSync(place('elsewhere/file'), 'utf8'), 'two')
  for (const name of ['link', 'link to link']) assert.ok(lstatSync(place(name)).isSymbolicLink())
  symlinkSync('circle', place('circle'))
  await assert.rejects(write(place('circle'), ''), { code: 'archive.unwritable' })
})

test('output: a device is written into and stays, itself and through a link', {
  skip: process.getuid?.() === 0 ? missing('mknod') : 'making a device needs root',
}, async (context) => {
  if (spawnSync('mknod', [place('null'), 'c', '1', '3']).status !== 0) return context.skip('mknod is not allowed here')
  spawnSync('mknod', [place('full'), 'c', '1', '7'])
  symlinkSync('null', place('to null'))
  for (const name of ['null', 'to null']) await write(place(name), 'nothing')
  assert.ok(lstatSync(place('null')).isCharacterDevice() && lstatSync(place('to null')).isSymbolicLink())
  await assert.rejects(write(place('full'), 'x'), { code: 'stream.unwritable', message: /no space is left/ })
  assert.ok(lstatSync(place('full')).isCharacterDevice())
})

test('output: the reader of a FIFO gets all of it, and waiting for one can be stopped', {
  skip: missing('mkfifo', 'cat'),
}, async () => {
  const fifo = place('fifo')
  assert.equal(spawnSync('mkfifo', [fifo]).status, 0)
  const stopping = new AbortController()
  const waiting = write(fifo, '', { signal: stopping.signal })
  stopping.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  const content = 'x'.repeat(300_000)
  const copy = openSync(place('copy'), 'w')
  const reader = spawn('cat', [fifo], { stdio: ['ignore', copy, 'inherit'] })
  await Promise.all([write(fifo, content), once(reader, 'close')])
  closeSync(copy)
  assert.ok(readFileSync(place('copy'), 'utf8') === content)
  assert.ok(lstatSync(fifo).isFIFO())
})

test('output: a path of a descriptor of this process means the descriptor, however it is reached', async () => {
  const descriptor = openSync(place('opened'), 'a')
  writeFileSync(descriptor, 'before,')
  symlinkSync(`/proc/self/fd/${descriptor}`, place('to descriptor'))
  for (const name of [`/dev/fd/${descriptor}`, `/proc/${process.pid}/fd/${descriptor}`, place('to descriptor')]) {
    assert.deepEqual(sinkOf(name), { kind: 'descriptor', descriptor })
    await write(name, 'more,')
  }
  closeSync(descriptor)
  assert.equal(readFileSync(place('opened'), 'utf8'), 'before,more,more,more,')
  await assert.rejects(write(place('to descriptor'), ''), { code: 'archive.unwritable' })
})

test('output: "-" is standard output, an empty name and a directory are refused', async () => {
  assert.deepEqual([isStandardOutput('-'), isStandardOutput('./-')], [true, false])
  assert.deepEqual(sinkOf('-'), { kind: 'descriptor', descriptor: 1 })
  assert.equal(sinkOf(place('-')).kind, 'file')
  await assert.rejects(write('', ''), { code: 'argument.invalid' })
  for (const name of [folder, `${place('absent')}/`, place('absent/file')])
    await assert.rejects(write(name, ''), { code: 'archive.unwritable' })
})
