/** Programs of Debian as Docker runs them: Java, git, Ruby and Perl; and programs of another release, from the same machine. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { debian } from '../../src/index.ts'
import { noDocker } from '../support/dockerd.ts'
import { programImage, programs } from '../support/programs.ts'
import { noTrixie } from '../support/trixie.ts'

const { folder, inside, load } = programs()
const set = debian({ suite: 'bookworm', directory: folder })
const { pkgs } = set
const skip = noDocker

test('java: runs, and keytool lists the authorities that Debian trusts', { skip }, async () => {
  await load(programImage(set, 'java', { contents: [pkgs['openjdk-17-jre-headless']] }))
  assert.match(await inside('java', ['sh', '-c', 'java -version 2>&1']), /^openjdk version "17\./)
  const listed = await inside('java', ['keytool', '-list', '-cacerts', '-storepass', 'changeit'])
  const [, count] = /Your keystore contains (\d+) entries/.exec(listed) ?? []
  assert.ok(Number(count) > 100, listed.slice(0, 200))
  assert.match(listed, /^debian:isrg_root_x1\.pem, .*, trustedCertEntry,/m)
  const settings = await inside('java', ['sh', '-c', 'LANG=C.UTF-8 java -XshowSettings:properties -version 2>&1'])
  assert.match(settings, /sun\.jnu\.encoding = UTF-8$/m)
})

const commit = `
set -e
cd /tmp
git init --quiet --initial-branch=main project
cd project
echo text > file
git add file
git -c user.name=Jane -c user.email=jane@example.org commit --quiet --message='A first commit'
git log --format='%an: %s'
git fsck --strict
`

test('git: commits', { skip }, async () => {
  await load(programImage(set, 'git', { contents: [pkgs.git] }))
  assert.equal(await inside('git', ['sh', '-c', commit]), 'Jane: A first commit\n')
})

const ruby = `
require 'json'; require 'openssl'; require 'zlib'; require 'etc'; require 'tmpdir'; require 'yaml'
puts JSON.generate([6 * 7, OpenSSL::Digest::SHA256.hexdigest('')[0, 8], Zlib.inflate(Zlib.deflate('text'))])
puts Etc.getpwuid.name, Dir.tmpdir, \`echo from a shell;\`, YAML.load('[1, 2]').sum
`

test('ruby: loads its standard library', { skip }, async () => {
  await load(programImage(set, 'ruby', { contents: [pkgs.ruby] }))
  assert.equal(await inside('ruby', ['ruby', '-e', ruby]), '[42,"e3b0c442","text"]\nroot\n/tmp\nfrom a shell\n3\n')
})

const perl = `
use strict; use POSIX qw(floor); use Encode; use Socket; use Digest::SHA qw(sha256_hex); use JSON::PP;
print join(' ', floor(4.7), length(decode('UTF-8', "\\xc3\\xa4")), inet_ntoa(inet_aton('localhost')), substr(sha256_hex(''), 0, 8)), "\\n";
print encode_json([getpwuid(0)])=~ /"root"/ ? "root\\n" : "nobody\\n", \`echo from a shell;\`;
`

test('perl: loads its standard library', { skip }, async () => {
  await load(programImage(set, 'perl', { contents: [pkgs.perl] }))
  assert.equal(await inside('perl', ['perl', '-e', perl]), '4 1 127.0.0.1 e3b0c442\nroot\nfrom a shell\n')
  const localised = 'use POSIX; print setlocale(LC_CTYPE, ""), " ", I18N::Langinfo::langinfo(I18N::Langinfo::CODESET())'
  const shell = `LANG=C.UTF-8 perl -MI18N::Langinfo -e '${localised}' 2>&1`
  assert.equal(await inside('perl', ['sh', '-c', shell]), 'C.UTF-8 UTF-8')
})

test('next release: hello and redis-server run as well', { skip: skip || noTrixie }, async () => {
  const trixie = debian({ suite: 'trixie', directory: folder })
  const image = programImage(trixie, 'trixie', { contents: [trixie.pkgs.hello, trixie.pkgs['redis-server']] })
  await load(image)
  assert.match(await inside('trixie', ['hello']), /Hello, world!/)
  assert.match(await inside('trixie', ['redis-server', '--version']), /^Redis server v=8/)
  const asked = await inside('trixie', [
    ...['sh', '-c', 'redis-server --save "" --daemonize yes >/dev/null; until redis-cli ping 2>/dev/null; do :; done'],
  ])
  assert.equal(asked, 'PONG\n')
})
