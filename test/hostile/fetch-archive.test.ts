/** Archives made to harm: one clear error, nothing outside the store, bounded space. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { BuildError } from '../../src/base/error.ts'
import { writeNar } from '../../src/format/nar/write.ts'
import { archiveTree } from '../../src/store/archive/archive-tree.ts'
import { plain } from '../../src/tree/entry.ts'
import { cutUp } from '../support/archives.ts'
import { type MemberSpec, tarOf } from '../support/tar-of.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { type ZipSpec, zipOf } from '../support/zip-of.ts'

const top = temporaryFolder()

async function unpacked(
  bytes: Uint8Array,
  limit?: { readonly maxBytes: number; readonly ratio: number },
): Promise<number> {
  const folder = mkdtempSync(join(top, 'x-'))
  const options = { name: 'x', folder, stripRoot: false, ...(limit === undefined ? {} : { limit }) }
  return gather(writeNar(await archiveTree(cutUp(bytes, 1000), options))).length
}

const tars: Readonly<Record<string, readonly [readonly MemberSpec[], RegExp]>> = {
  'a name above the root': [[['a/../../b', 'x']], /name "a\/\.\.\/\.\.\/b" leaves the archive's root/],
  'a link above the root': [[['d/l', { symlink: '../../x' }]], /"d\/l" is a link to "\.\.\/\.\.\/x", which is outside/],
  'an absolute link': [[['l', { symlink: '/etc/passwd' }]], /"l" is a link to "\/etc\/passwd", which is outside/],
  'a link above the root through another': [
    [
      ['s', { symlink: '.' }],
      ['d/t', { symlink: '../s/../x' }],
    ],
    /"d\/t" is a link to "\.\.\/s\/\.\.\/x", which is outside/,
  ],
  'a file below a link out': [
    [
      ['l', { symlink: '../../../../tmp' }],
      ['l/slipway-hostile', 'x'],
    ],
    /"l" is a link to "\.\.\/\.\.\/\.\.\/\.\.\/tmp", which is outside/,
  ],
  'a hard link to nothing': [
    [['h', { hardlink: 'etc/passwd' }]],
    /"h" is a hard link to "etc\/passwd", which the archive/,
  ],
  'a hard link above the root': [[['h', { hardlink: '../../etc/passwd' }]], /leaves the archive's root/],
  'a long name': [[['n'.repeat(256), 'x']], /has a name of more than 255 bytes/],
  'a removed file': [[['.wh.a', '']], /is marked as removed, by a name that starts with "\.wh\."/],
  'a file below a file': [
    [
      ['f', 'x'],
      ['f/g', 'x'],
    ],
    /"f\/g" is below "f", which is not a directory/,
  ],
}

for (const [what, [members, message]] of Object.entries(tars)) {
  test(`fetchzip: a tar archive with ${what} is refused`, async () => {
    await assert.rejects(unpacked(gzipSync(tarOf(members))), { code: 'archive.invalid', message })
    assert.ok(!existsSync('/tmp/slipway-hostile'))
  })
}

const link = 0o120777
const zips: Readonly<Record<string, readonly [readonly ZipSpec[], RegExp]>> = {
  'a name above the root': [[{ name: '../x' }], /name "\.\.\/x" leaves the archive's root/],
  'a name above the root with backslashes': [[{ name: '..\\x', host: 0 }], /leaves the archive's root/],
  'an empty name': [[{ name: '/' }], /a member has no name/],
  'a link above the root': [[{ name: 'd/l', content: '../../x', mode: link }], /which is outside the archive/],
  'an absolute link': [[{ name: 'l', content: '/etc', mode: link }], /"l" is a link to "\/etc"/],
  'a link without a target': [[{ name: 'l', mode: link }], /is a link without a target/],
  'a huge link': [[{ name: 'l', content: 'a'.repeat(5000), mode: link }], /target of "l" has more than 4095 bytes/],
  'a device': [[{ name: 'd', mode: 0o060600 }], /"d" is a device, a pipe or a socket/],
  'two members of one name': [
    [
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
    ],
    /"a" is in it twice/,
  ],
  'an encrypted member': [[{ name: 'a', content: 'x', flags: 1 }], /"a" is encrypted/],
  'an unknown compression': [[{ name: 'a', content: 'x', method: 12 }], /"a" has the compression method 12/],
  'a wrong checksum': [[{ name: 'a', content: 'x', crc: 7 }], /the content of "a" does not have its checksum/],
  'more bytes than it says': [
    [{ name: 'a', content: 'x'.repeat(1000), size: 10 }],
    /zip archive is broken: too many bytes/,
  ],
  'fewer bytes than it says': [[{ name: 'a', content: 'x', size: 10 }], /zip archive is broken: not enough bytes/],
}

for (const [what, [members, message]] of Object.entries(zips)) {
  test(`fetchzip: a zip archive with ${what} is refused`, async () => {
    await assert.rejects(unpacked(zipOf(members)), { code: 'archive.invalid', message })
  })
}

test('fetchzip: something that is no archive says so', async () => {
  await assert.rejects(unpacked(Buffer.from('<!doctype html>'.repeat(100))), {
    code: 'archive.invalid',
    message: /x: It is neither a tar archive, compressed or not, nor a zip archive\. Check the address/,
  })
  await assert.rejects(unpacked(gzipSync(Buffer.from('text'))), /neither a tar archive/)
})

test('fetchzip: a device in a tar archive is refused', async () => {
  const members = tarOf([['d', '', plain(0o644)]])
  members[156] = '4'.charCodeAt(0)
  const sum = members
    .subarray(0, 512)
    .fill(32, 148, 156)
    .reduce((all, byte) => all + byte, 0)
  Buffer.from(members.buffer, members.byteOffset).write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  await assert.rejects(unpacked(members), /"d" is a device, which a package cannot contain/)
})

test('fetchzip: bombs are stopped early', async () => {
  const zeros = Buffer.alloc(30_000_000)
  const limit = { maxBytes: 1_000_000, ratio: 10 }
  for (const bytes of [gzipSync(tarOf([['z', zeros]])), zipOf([{ name: 'z', content: zeros }])])
    await assert.rejects(unpacked(bytes, limit), {
      code: 'archive.bomb',
      message: /x: .*packed bytes unpack to more than .*Unpack a larger one with a command/,
    })
  for (const name of readdirSync(top)) {
    const data = join(top, name, 'data')
    if (existsSync(data)) assert.ok(statSync(data).size < 5_000_000)
  }
})

test('fetchzip: 500 damaged zip archives are unpacked or refused', async () => {
  mkdirSync(join(top, 'damaged'))
  const good = zipOf([
    { name: 'd/' },
    { name: 'd/a', content: 'text'.repeat(100) },
    { name: 'd/l', content: 'a', mode: link },
    { name: 'b', content: 'x', method: 0 },
  ])
  let refused = 0
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), fc.nat(3), async (at, byte, cut) => {
      const bytes = Buffer.from(good)
      bytes[at] = byte
      try {
        await unpacked(cut === 0 ? bytes.subarray(0, at) : bytes)
      } catch (thrown) {
        assert.ok(thrown instanceof BuildError, String(thrown))
        assert.match(thrown.code, /^(archive\.|tar\.unsupported)/)
        refused++
      }
    }),
    { numRuns: 500 },
  )
  assert.ok(refused > 100, `${refused} of 500 refused`)
})
