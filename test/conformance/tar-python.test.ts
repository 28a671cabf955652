/** Python's `tarfile`, with which nixpkgs makes layers, writes the same bytes and reads slipway's correctly. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { headerBytes } from '../../src/format/tar/encode.ts'
import { headerOf } from '../../src/format/tar/entry.ts'
import type { MemberHeader, TarForm } from '../../src/format/tar/member.ts'
import { indexTar } from '../../src/format/tar/read.ts'
import { writeTar } from '../../src/format/tar/write.ts'
import { type Entry, hasMetadata, plain } from '../../src/tree/entry.ts'
import { arbitraryEntries } from '../support/entries.ts'
import { askPython, noPython } from '../support/python.ts'

const types = { file: '0', hardlink: '1', symlink: '2', char: '3', block: '4', directory: '5', fifo: '6' } as const
const absolute: TarForm = { names: 'absolute', end: 'record' }
const relative: TarForm = { names: 'relative', end: 'record' }

test('tar: archives are byte for byte those of Python 3.11', { skip: noPython }, () => {
  // Python announces attribute values that are not UTF-8, slipway does not: GNU tar would warn.
  const cases = fc.sample(arbitraryEntries({ binaryAttributes: false }), { numRuns: 400, seed: 11 })
  for (const form of [absolute, relative]) {
    const theirs = askPython(
      'write-tar.py',
      cases.map((entries) => membersOf(entries, form)),
    )
    assert.ok(Array.isArray(theirs) && theirs.length === cases.length)
    cases.forEach((entries, i) => {
      assert.equal(hex(gather(writeTar(entries, form))), theirs[i], `case ${i} (${form.names})`)
    })
  }
})

test('tar: Python reads back every name, number, attribute and content', { skip: noPython }, () => {
  const cases = fc.sample(arbitraryEntries(), { numRuns: 300, seed: 12 })
  const theirs = askPython(
    'read-tar.py',
    cases.map((entries) => hex(gather(writeTar(entries, relative)))),
  )
  const ours = cases.map((entries) => membersOf(entries, relative).map(withoutSlash))
  assert.deepEqual(theirs, ours)
})

test('tar: headers of contents over 8 GiB are those of Python 3.11', { skip: noPython }, () => {
  for (const size of [8 ** 11 - 1, 8 ** 11, 2 ** 40]) {
    const header: MemberHeader = {
      ...{ type: 'file', name: 'big', link: '', size, major: 0, minor: 0 },
      metadata: plain(0o644),
    }
    const member = { ...describe(header, undefined), content: undefined }
    const [theirs] = [askPython('write-tar.py', [[member]])].flat()
    assert.equal(String(theirs).slice(0, headerBytes(header).length * 2), hex(headerBytes(header)))
    const first = indexTar([headerBytes(header)]).next()
    assert.equal(first.done === true ? undefined : first.value.size, size)
  }
})

function membersOf(entries: readonly Entry[], form: TarForm): ReturnType<typeof describe>[] {
  const metadata = new Map(entries.filter(hasMetadata).map((entry) => [entry.path, entry.metadata]))
  return entries.map((entry) =>
    describe(
      headerOf(entry, form, (target) => metadata.get(target)),
      entry.kind === 'file' ? gather(entry.content.open()) : undefined,
    ),
  )
}

function describe({ name, link, type, size, major, minor, metadata }: MemberHeader, content: Uint8Array | undefined) {
  const { mode, uid, gid, mtime, uname, gname, xattrs } = metadata
  return {
    ...{ name: latin1(name), link: latin1(link), uname: latin1(uname), gname: latin1(gname) },
    ...{ type: types[type], mode, uid, gid, mtime, size, major, minor },
    xattrs: Object.fromEntries([...xattrs].map(([key, value]) => [key, hex(value)])),
    content: hex(content ?? new Uint8Array()),
  }
}

// Python returns directories without the slash they have in the archive.
function withoutSlash(member: ReturnType<typeof describe>): ReturnType<typeof describe> {
  return member.type === '5' ? { ...member, name: member.name.replace(/2f$/, '') } : member
}

function latin1(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('hex')
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
