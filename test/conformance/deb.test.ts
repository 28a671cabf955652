/** Real packages read by slipway, compared with dpkg-deb's listing and with their own checksums. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { gather } from '../../src/base/bytes.ts'
import { isAlias, mergedPath } from '../../src/debian/merged-usr.ts'
import { debNormaliser } from '../../src/debian/normaliser.ts'
import { openUnpacked } from '../../src/store/cache/unpacked.ts'
import { unpackArchive } from '../../src/store/unpack.ts'
import type { Entry, Metadata } from '../../src/tree/entry.ts'
import { entryPathOf } from '../../src/tree/path.ts'
import { run } from '../support/command.ts'
import { downloadDebs, noDebs } from '../support/debs.ts'
import { temporaryFolder } from '../support/temporary.ts'

// Hard links, setuid and setgid files, sticky directories, owners, aliases, names that are not ASCII, links, no files at all.
const packages = [
  ...['base-files', 'base-passwd', 'bash', 'ca-certificates', 'coreutils', 'dash', 'debianutils', 'dpkg', 'gzip'],
  ...['hello', 'libc-bin', 'libc6', 'libpam-modules-bin', 'login', 'lsb-base', 'mawk', 'nginx-common', 'nginx-light'],
  ...['openssh-client', 'passwd', 'perl-base', 'php-common', 'postgresql-common', 'procps', 'redis-server'],
  ...['redis-tools', 'ssl-cert', 'tar', 'tzdata', 'util-linux', 'zlib1g'],
]

test('deb: 31 real packages have the entries that dpkg-deb lists and the contents of their own checksums', {
  skip: noDebs,
}, async () => {
  const folder = temporaryFolder()
  const debs = await downloadDebs(folder, packages)
  assert.equal(debs.length, packages.length)
  for (const deb of debs) await compare(deb, folder)
})

async function compare(deb: string, folder: string): Promise<void> {
  const [name = ''] = basename(deb).split('_')
  const place = join(folder, name)
  mkdirSync(place)
  await unpackArchive(deb, debNormaliser, { target: join(place, 'ours'), temporary: place })
  const unpacked = openUnpacked(join(place, 'ours'))
  assert.ok(unpacked !== undefined)
  await run('dpkg-deb', ['--control', deb, join(place, 'theirs')])
  const listed = (await run('dpkg-deb', ['--contents', deb], { env: { LC_ALL: 'C', TZ: 'UTC' } }))
    .split('\n')
    .filter(Boolean)
  const theirs = listed.map((line) => parseLine(line)).filter(({ path }) => path !== '' && !isAlias(path))
  compareEntries([...unpacked.tree.entries()], theirs, name)
  const control = unpacked.control()
  compareContents([...unpacked.tree.entries()], control.get('md5sums') ?? Buffer.alloc(0))
  const names = readdirSync(join(place, 'theirs')).sort()
  assert.deepEqual([...control.keys()].filter((each) => each !== 'list').sort(), names, name)
  for (const each of names) {
    assert.deepEqual(Buffer.from(control.get(each) ?? []), readFileSync(join(place, 'theirs', each)), each)
  }
}

interface Listed {
  /** In merged /usr; one character a byte. */
  readonly path: string
  readonly mode: string
  readonly owner: string
  readonly link: string | undefined
}

// drwxr-xr-x root/root         0 2023-01-01 00:00 ./usr/
function parseLine(line: string): Listed {
  const [, mode = '', owner = '', rest = ''] = /^(\S+) (\S+) +\S+ \S+ \S+ (.*)$/.exec(line) ?? []
  const [shown = '', link] = rest.split(/ -> | link to /)
  const shipped = shown
    .replace(/^\.\//, '')
    .replace(/\/$/, '')
    .replace(/\\(\d{3})/g, unescaped)
  return { path: mergedPath(entryPathOf(shipped)), mode, owner, link }
}

// GNU tar's escaping of bytes that are not ASCII.
function unescaped(_whole: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8))
}

function compareEntries(ours: readonly Entry[], theirs: readonly Listed[], name: string): void {
  const byPath = new Map(ours.map((entry) => [String(entry.path), entry]))
  const listed = new Set(theirs.map(({ path }) => path))
  for (const { path, mode, owner, link } of theirs) {
    const entry = byPath.get(path)
    assert.ok(entry !== undefined, `${name}: ${path}`)
    if (entry.kind === 'hardlink' || mode.startsWith('h')) {
      continue
    }
    assert.ok('metadata' in entry)
    assert.equal(entry.metadata.mtime, 1, path)
    assert.equal(modeText(entry.kind, entry.metadata), mode, path)
    assert.equal(`${entry.metadata.uname}/${entry.metadata.gname}`, owner, path)
    assert.equal(entry.kind === 'symlink' ? entry.target : undefined, link, path)
  }
  const added = [...byPath.keys()].filter((path) => !listed.has(path) && !path.startsWith('var/lib/dpkg/status.d'))
  for (const path of added) assert.equal(byPath.get(path)?.kind, 'directory', `${name}: ${path} is not in the package`)
}

function modeText(kind: Entry['kind'], { mode }: Metadata): string {
  const special: readonly [number, string, string][] = [
    [0o4000, 's', 'S'],
    [0o2000, 's', 'S'],
    [0o1000, 't', 'T'],
  ]
  const triples = special.map(([bit, both, alone], index) => {
    const bits = (mode >> (6 - 3 * index)) & 7
    const last = (bits & 1) === 1
    const x = (mode & bit) === 0 ? (last ? 'x' : '-') : last ? both : alone
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${x}`
  })
  return `${kind === 'directory' ? 'd' : kind === 'symlink' ? 'l' : '-'}${triples.join('')}`
}

/** The package's own checksums, which cover all of its files except configuration files. */
function compareContents(ours: readonly Entry[], md5sums: Uint8Array): void {
  const byPath = new Map(ours.map((entry) => [String(entry.path), entry]))
  for (const line of Buffer.from(md5sums).toString('latin1').split('\n').filter(Boolean)) {
    const [, sum = '', shipped = ''] = /^(\w{32}) {2}(.*)$/.exec(line) ?? []
    const entry = byPath.get(mergedPath(entryPathOf(shipped)))
    const file = entry?.kind === 'hardlink' ? byPath.get(entry.target) : entry
    assert.ok(file?.kind === 'file', shipped)
    assert.equal(hash('md5', gather(file.content.open())), sum, shipped)
  }
}
