/** Files of debian-root that real programs create or read: the CA bundle, Java's trust store, ld.so.cache, dpkg's database. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import type { RootPackage } from '../../src/debian/root/input.ts'
import { debianRoot } from '../../src/debian/root/root.ts'
import { restoreTree } from '../../src/tree/restore.ts'
import { filtered } from '../../src/tree/transform.ts'
import { missing, run } from '../support/command.ts'
import { downloadDebs, imageOf, noDebs, readPackages, rootInput } from '../support/debs.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const names = [
  ...[
    'base-files',
    'base-passwd',
    'bash',
    'ca-certificates',
    'ca-certificates-java',
    'dash',
    'debianutils',
    'libc-bin',
  ],
  ...['libc6', 'libncursesw6', 'libssl3', 'libstdc++6', 'libtinfo6', 'login', 'mawk', 'redis-tools', 'zlib1g'],
]
let packages: readonly RootPackage[] = []
const image = join(folder, 'image')

before(async () => {
  if (noDebs !== false) return
  packages = await readPackages(folder, await downloadDebs(folder, names))
  // dpkg's own database is below var/lib/dpkg; nothing else in the image depends on the kind of records.
  restoreTree(imageOf(rootInput(packages, 'dpkg')), image)
})

const noCertificates = noDebs || missing('update-ca-certificates')

test('CA bundle: byte for byte as update-ca-certificates makes it, with a link for each certificate', {
  skip: noCertificates,
}, async () => {
  const real = join(folder, 'real')
  const [certificates, local, hooks] = ['certs', 'local', 'hooks'].map((name) => join(real, name))
  for (const each of [certificates, local, hooks]) mkdirSync(each ?? '', { recursive: true })
  await run('update-ca-certificates', [
    ...['--certsconf', join(image, 'etc/ca-certificates.conf')],
    ...['--certsdir', join(image, 'usr/share/ca-certificates'), '--localcertsdir', local ?? ''],
    ...['--etccertsdir', certificates ?? '', '--hooksdir', hooks ?? ''],
  ])
  const ours = join(image, 'etc/ssl/certs')
  assert.ok(
    readFileSync(join(ours, 'ca-certificates.crt')).equals(
      readFileSync(join(certificates ?? '', 'ca-certificates.crt')),
    ),
  )
  const links = (place: string) =>
    readdirSync(place)
      .filter((name) => name.endsWith('.pem'))
      .sort()
  assert.deepEqual(links(ours), links(certificates ?? ''))
  assert.ok(links(ours).length > 100)
})

test("Java's trust store: keytool reads every certificate and its digest is right", {
  skip: noDebs || missing('keytool'),
}, async () => {
  const store = join(image, 'etc/ssl/certs/java/cacerts')
  const listed = await run('keytool', ['-list', '-keystore', store, '-storepass', 'changeit'])
  const count = readdirSync(join(image, 'etc/ssl/certs')).filter((name) => name.endsWith('.pem')).length
  assert.match(listed, new RegExp(`contains ${count} entries`))
  assert.equal(listed.match(/^debian:\S+\.pem, .*trustedCertEntry/gm)?.length, count)
})

const noLdconfig = noDebs || missing('ldconfig')

test('ld.so.cache: ldconfig reads it, and lists what its own lists, in the same order', {
  skip: noLdconfig,
}, async () => {
  const list = async (cache: string): Promise<readonly string[]> =>
    (await run('/sbin/ldconfig', ['-p', '-C', cache])).split('\n').filter((line) => line.includes('=>'))
  const ours = await list(join(image, 'etc/ld.so.cache'))
  const root = join(folder, 'libraries')
  const libraries = filtered(imageOf(rootInput(packages)), ({ path }) =>
    /^(usr|lib\w*|etc(\/ld\.so\.conf.*)?|usr\/lib.*)$/.test(path),
  )
  restoreTree(libraries, root)
  // libc-bin, which has this file, is only read in this image.
  await run('sh', ['-c', 'echo "include /etc/ld.so.conf.d/*.conf" > "$0/etc/ld.so.conf"', root])
  await run('/sbin/ldconfig', ['-r', root, '-X', '-C', '/etc/made.cache'])
  assert.deepEqual(ours, await list(join(root, 'etc/made.cache')))
  assert.ok(ours.length > 10)
})

const noDpkg = noDebs || missing('dpkg')

test('dpkg: lists every package as installed, finds files, and verifies and audits them without complaints', {
  skip: noDpkg,
}, async () => {
  const dpkg = (...args: readonly string[]) => run('dpkg', [`--root=${image}`, ...args], { env: { LC_ALL: 'C' } })
  const listed = (await dpkg('--list')).match(/^ii +\S+/gm)
  assert.equal(listed?.length, packages.length - 2)
  assert.equal(await dpkg('--search', '/bin/bash'), 'bash: /bin/bash\n')
  assert.equal(await dpkg('--audit'), '')
  assert.equal(await dpkg('--verify'), '')
})

test('maintainer scripts: effects that cannot be determined are noted, package by package', {
  skip: noDebs,
}, () => {
  const { notes } = debianRoot(rootInput(packages))
  const names = new Set(packages.map(({ name }) => name))
  assert.ok(notes.every((note) => names.has(note.package) && note.command !== '' && note.reason !== ''))
})
