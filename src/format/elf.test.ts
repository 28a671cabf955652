import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elf } from '../../test/support/elf.ts'
import { readNeeded, readSharedObject } from './elf.ts'

const readerOf = (bytes: Uint8Array) => (offset: number, size: number) => bytes.subarray(offset, offset + size)

test('elf: the soname is found in both classes and byte orders', () => {
  for (const bits of [32, 64] as const) {
    for (const littleEndian of [true, false]) {
      const found = readSharedObject(readerOf(elf('libx.so.1', { bits, littleEndian, machine: 22 })))
      assert.deepEqual(found, { bits, littleEndian, machine: 22, soname: 'libx.so.1' })
    }
  }
})

test('elf: files without a soname, programs, other files and damaged ones', () => {
  assert.equal(readSharedObject(readerOf(elf(undefined)))?.soname, undefined)
  for (const bytes of [elf('x', { type: 2 }), Buffer.from('text'), Buffer.alloc(0), elf('x').subarray(0, 60)]) {
    assert.equal(readSharedObject(readerOf(bytes)), undefined)
  }
  const whole = elf('libx.so.1')
  for (let end = 64; end < whole.length; end += 3) readSharedObject(readerOf(whole.subarray(0, end)))
})

test('elf: linked libraries of a program or library, in both classes and byte orders', () => {
  const needed = ['libc.so.6', 'libstdc++.so.6']
  for (const bits of [32, 64] as const)
    for (const littleEndian of [true, false])
      assert.deepEqual(readNeeded(readerOf(elf(undefined, { bits, littleEndian, type: 2, needed }))), needed)
  assert.deepEqual(readNeeded(readerOf(elf('x'))), [])
  assert.equal(readNeeded(readerOf(Buffer.from('#!/bin/sh\n'))), undefined)
})
