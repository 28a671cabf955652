/** GNU tar extracts slipway's archives, and slipway reads those of GNU tar and Python in every format they support. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { indexTar } from '../../src/format/tar/read.ts'
import { writeTar } from '../../src/format/tar/write.ts'
import { type Entry, hasMetadata } from '../../src/tree/entry.ts'
import { cutUp } from '../support/archives.ts'
import { arbitraryEntries } from '../support/entries.ts'
import { askPython, noPython } from '../support/python.ts'

const noTar = spawnSync('tar', ['--version'], { encoding: 'utf8' }).stdout?.includes('GNU tar')
  ? false
  : 'needs GNU tar'
const noAttributes = attributesWork() ? false : 'needs setfattr and a temporary folder that keeps attributes'
const isRoot = process.getuid?.() === 0

test('tar: GNU tar extracts the intended names, contents, modes, owners, times and links', { skip: noTar }, () => {
  using folder = temporary()
  const cases = fc.sample(arbitraryEntries({ devices: false, whiteouts: false }), { numRuns: 60, seed: 13 })
  cases.forEach((entries, i) => {
    const target = join(folder.path, String(i))
    mkdirSync(target)
    const flags = ['--numeric-owner', '--same-permissions', '--delay-directory-restore', '--warning=none']
    execFileSync('tar', ['-x', ...flags, '-C', target], {
      input: gather(writeTar(entries, { names: 'relative', end: 'blocks' })),
    })
    for (const entry of entries)
      compare(entry, Buffer.concat([Buffer.from(`${target}/`), Buffer.from(entry.path, 'latin1')]))
  })
})

for (const format of ['v7', 'oldgnu', 'gnu', 'ustar', 'posix']) {
  test(`tar: the ${format} archives of GNU tar are read as Python reads them`, { skip: noTar || noPython }, () => {
    using folder = temporary()
    makeFiles(folder.path, format === 'v7' ? 90 : format === 'ustar' ? 200 : 600)
    const flags = [
      `--format=${format}`,
      '--sort=name',
      '--mtime=@1234567890',
      '--owner=someone:3000000000',
      '--group=0',
    ]
    if (format === 'v7' || format === 'ustar') flags[3] = '--owner=someone:1234'
    compareWithPython(execFileSync('tar', ['-c', ...flags, '-C', folder.path, '.'], { maxBuffer: 2 ** 26 }))
  })
}

test('tar: extended attributes by GNU tar are read', { skip: noTar || noPython || noAttributes }, () => {
  using folder = temporary()
  writeFileSync(join(folder.path, 'file'), 'x')
  execFileSync('setfattr', ['-n', 'user.key', '-v', '0x00ff80', join(folder.path, 'file')])
  compareWithPython(execFileSync('tar', ['-c', '--xattrs', '--format=posix', '-C', folder.path, 'file']))
})

test('tar: global records apply to all members, and a million zeros after the end change nothing', {
  skip: noPython,
}, () => {
  const script =
    "import io,sys,tarfile; t=tarfile.open(fileobj=sys.stdout.buffer,mode='w|',pax_headers={'comment':'x','uname':'all'}); t.addfile(tarfile.TarInfo('a')); t.close()"
  const archive = execFileSync('python3', ['-c', script])
  const [member] = [...indexTar([archive, new Uint8Array(1_000_001)])]
  assert.equal(member?.metadata.uname, 'all')
  assert.equal(member?.headerOffset, 1024)
  compareWithPython(archive)
})

function compareWithPython(archive: Buffer): void {
  const types = { file: '0', hardlink: '1', symlink: '2', char: '3', block: '4', directory: '5', fifo: '6' } as const
  const hex = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('hex')
  const ours = [...indexTar(cutUp(archive, 1000))].map(
    ({ name, type, link, size, metadata, contentOffset, ...rest }) => ({
      ...{
        name: hex(name.replace(/(?<=.)\/$/, '')),
        link: hex(link),
        uname: hex(metadata.uname),
        gname: hex(metadata.gname),
      },
      ...{ type: types[type], mode: metadata.mode, uid: metadata.uid, gid: metadata.gid, mtime: metadata.mtime, size },
      ...{ major: rest.major, minor: rest.minor },
      xattrs: Object.fromEntries([...metadata.xattrs].map(([key, value]) => [key, Buffer.from(value).toString('hex')])),
      content: archive.subarray(contentOffset, contentOffset + size).toString('hex'),
    }),
  )
  const [theirs] = [askPython('read-tar.py', [archive.toString('hex')])].flat()
  // A hard link's target is a name in the archive, which slipway returns without "./"; Python returns it unchanged.
  const normal = JSON.parse(
    JSON.stringify(theirs).replaceAll('"link": "2e2f', '"link": "').replaceAll('"link":"2e2f', '"link":"'),
  )
  assert.deepEqual(ours, normal)
  assert.ok(ours.length > 0)
}

function makeFiles(folder: string, length: number): void {
  const deep = Array.from({ length: Math.ceil(length / 45) }, (_, i) => String(i).repeat(40)).join('/')
  mkdirSync(join(folder, deep), { recursive: true })
  writeFileSync(join(folder, deep, 'file'), 'content')
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x41])]), 'not UTF-8')
  writeFileSync(join(folder, 'é'), 'x'.repeat(1000), { mode: 0o751 })
  execFileSync('ln', [join(folder, 'é'), join(folder, 'hard')])
  execFileSync('ln', ['-s', 'x'.repeat(length > 255 ? 255 : 60), join(folder, 'soft')])
  if (length > 90) execFileSync('mkfifo', [join(folder, 'pipe')])
}

function compare(entry: Entry, path: Buffer): void {
  const found = lstatSync(path)
  if (!hasMetadata(entry)) return
  assert.equal(kindOf(found), entry.kind)
  if (entry.kind === 'file') assert.ok(readFileSync(path).equals(gather(entry.content.open())))
  if (entry.kind === 'symlink') assert.equal(readlinkSync(path, 'latin1'), entry.target)
  // ext4's last second, in the year 2446.
  assert.equal(Math.floor(found.mtimeMs / 1000), Math.min(entry.metadata.mtime, 2 ** 34 - 2 ** 31 - 1))
  if (!isRoot) return
  assert.deepEqual([found.uid, found.gid], [entry.metadata.uid, entry.metadata.gid])
  if (entry.kind !== 'symlink') assert.equal(found.mode & 0o7777, entry.metadata.mode)
}

function kindOf(found: Stats): Entry['kind'] {
  return found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'symlink' : found.isFIFO() ? 'fifo' : 'file'
}

function attributesWork(): boolean {
  using folder = temporary()
  return spawnSync('setfattr', ['-n', 'user.key', '-v', 'x', folder.path]).status === 0
}

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'slipway-tar-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
