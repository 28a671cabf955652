import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { digestOf } from './digest.ts'
import { Flushing, pump } from './pump.ts'

const sample = Buffer.alloc(3_000_000, 'what goes through a pipe ')
const noDevices: string | false = process.platform === 'linux' ? false : 'needs /dev/full'

/** A program that pumps the sample, in chunks of odd sizes, to its standard output, and reports on standard error how it ended. */
const program = `
import { pump } from '${join(import.meta.dirname, 'pump.ts')}'
const sample = Buffer.alloc(3_000_000, 'what goes through a pipe ')
function* pieces() { for (let at = 0; at < sample.length; at += 77_777) yield sample.subarray(at, at + 77_777) }
if (process.argv.includes('unblocked')) process.stdout
pump(pieces(), 1).then((count) => process.stderr.write('sent ' + count), (error) => process.stderr.write(String(error.code)))
`

function writer(...options: readonly string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

test('pump: a file gets all bytes, and stays open', async () => {
  const file = join(temporaryFolder(), 'out')
  const descriptor = openSync(file, 'w')
  assert.equal(await pump([sample, Buffer.from('end')], descriptor), sample.length + 3)
  assert.equal(await pump([Buffer.from('!')], descriptor), 1)
  closeSync(descriptor)
  assert.equal(digestOf(readFileSync(file)), digestOf(Buffer.concat([sample, Buffer.from('end!')])))
})

test('pump: a pipe with a slow reader gets all bytes, blocking or not', async () => {
  for (const options of [[], ['unblocked']]) {
    const child = writer(...options)
    assert.ok(child.stdout !== null && child.stderr !== null)
    const said = text(child.stderr)
    assert.equal(digestOf(await text(child.stdout)), digestOf(sample))
    assert.equal(await said, `sent ${sample.length}`)
  }
})

test('pump: a shell pipe gets all bytes', { skip: noDevices }, () => {
  const shell = `"$0" --input-type=module -e "$1" 2> /dev/null | sha256sum`
  const output = execFileSync('bash', ['-c', shell, process.execPath, program], { encoding: 'utf8' })
  assert.equal(`sha256:${output.slice(0, 64)}`, digestOf(sample))
})

test('pump: a reader that is far slower than the writer gets all bytes', { skip: noDevices }, () => {
  const shell = `"$0" --input-type=module -e "$1" 2> /dev/null | dd bs=64 status=none | sha256sum`
  const output = execFileSync('bash', ['-c', shell, process.execPath, program], { encoding: 'utf8' })
  assert.equal(`sha256:${output.slice(0, 64)}`, digestOf(sample))
})

test('pump: a reader that ends early is an error of its own', async () => {
  const child = writer()
  assert.ok(child.stdout !== null && child.stderr !== null)
  const said = text(child.stderr)
  child.stdout.once('data', () => child.stdout?.destroy())
  assert.equal(await said, 'stream.closed')
})

test('pump: a pipe whose reader stalls keeps no signal from being handled', { skip: noDevices }, async () => {
  const fifo = join(temporaryFolder(), 'fifo')
  execFileSync('mkfifo', [fifo])
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  const stdout = openSync(fifo, 'w')
  const handling = `process.once('SIGTERM', () => process.exit(7)); process.stderr.write('ready')\n`
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${handling}${program}`], {
    stdio: ['ignore', stdout, 'pipe'],
  })
  const ended = once(child, 'exit')
  assert.ok(child.stderr !== null)
  await once(child.stderr, 'data')
  // Once the first bytes are there the pipe is being filled; no more are read.
  while (!hasBytes(reader)) await pause(1)
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [7, null])
  for (const descriptor of [reader, stdout]) closeSync(descriptor)
})

function hasBytes(reader: number): boolean {
  try {
    return readSync(reader, Buffer.alloc(1)) > 0
  } catch {
    return false
  }
}

test('pump: a full disk is reported as such', { skip: noDevices }, async () => {
  const descriptor = openSync('/dev/full', 'w')
  await assert.rejects(pump([sample], descriptor), {
    code: 'stream.unwritable',
    message: /no space is left\. Make room/,
  })
  closeSync(descriptor)
})

test('flushing: waits for all parts, and reports that one of them failed', async () => {
  const good = openSync(join(temporaryFolder(), 'out'), 'w')
  const device = openSync('/dev/null', 'w')
  const flushed = async (descriptor: number): Promise<void> => {
    await using flushing = new Flushing(descriptor)
    for (let part = 0; part < 9; part++) flushing.wrote(5_000_000)
    await flushing.finish()
  }
  await flushed(good)
  await assert.rejects(flushed(device), { code: 'EINVAL', syscall: 'fsync' })
  for (const descriptor of [good, device]) closeSync(descriptor)
})

test('flushing: one that is given up waits until the descriptor is free, and reports nothing', async () => {
  const device = openSync('/dev/null', 'w')
  {
    await using flushing = new Flushing(device)
    flushing.wrote(50_000_000)
  }
  closeSync(device)
})
