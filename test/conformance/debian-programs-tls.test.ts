/**
 * Debian programs that speak TLS, running in Docker: curl, Python and Node, each with other features that their users expect. They verify a
 * server on loopback by certificates in the image.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { debian } from '../../src/index.ts'
import { missing } from '../support/command.ts'
import { noDocker } from '../support/dockerd.ts'
import { programImage, programs } from '../support/programs.ts'
import { type TlsServer, withTlsServer } from '../support/tls-server.ts'

const { folder, inside, load } = programs()
const set = debian({ suite: 'bookworm', directory: folder, omit: 'script-helpers' })
const { dockerTools, pkgs } = set
const onHost = ['--network', 'host'] as const
const skip = noDocker || missing('openssl')

/** Two servers: the image has the authority of the first only. */
async function withServers(
  work: (
    known: TlsServer,
    unknown: TlsServer,
    certificates: ReturnType<typeof dockerTools.caCertificates.override>,
  ) => Promise<void>,
): Promise<void> {
  await withTlsServer('hello over TLS\n', (known) =>
    withTlsServer('never read', (unknown) =>
      work(known, unknown, dockerTools.caCertificates.override({ extraCertificates: [known.authority] })),
    ),
  )
}

test('curl: trusts the authorities of ca-certificates and those passed to caCertificates, and no others', {
  skip,
}, async () => {
  await withServers(async (known, unknown, certificates) => {
    await load(programImage(set, 'curl', { contents: [pkgs.curl, pkgs['ca-certificates'], certificates] }))
    assert.equal(await inside('curl', ['curl', '-sS', known.url], onHost), 'hello over TLS\n')
    await assert.rejects(inside('curl', ['curl', '-sS', unknown.url], onHost), /\(60\) SSL certificate problem/)
  })
})

const python = `
import ctypes, os, pwd, socket, sqlite3, ssl, subprocess, sys, tempfile, urllib.request
print(sqlite3.connect(':memory:').execute('select 6 * 7').fetchone()[0])
print(ctypes.CDLL('libc.so.6').strlen(b'slipway'))
print(pwd.getpwuid(0).pw_name, tempfile.gettempdir(), socket.gethostbyname('localhost'))
print(subprocess.run('echo from a shell', shell=True, capture_output=True, text=True).stdout.strip())
print(urllib.request.urlopen(sys.argv[1]).read().decode().strip())
try: urllib.request.urlopen(sys.argv[2])
except urllib.error.URLError as error: print(error.reason.verify_message)
`

test('python3: imports ssl, sqlite3 and ctypes, starts a shell and verifies a server', { skip }, async () => {
  await withServers(async (known, unknown, certificates) => {
    await load(programImage(set, 'python3', { contents: [pkgs.python3, certificates] }))
    const printed = await inside('python3', ['python3', '-c', python, known.url, unknown.url], onHost)
    assert.deepEqual(printed.trim().split('\n'), [
      '42',
      '7',
      'root /tmp 127.0.0.1',
      'from a shell',
      'hello over TLS',
      'unable to get local issuer certificate',
    ])
  })
})

const node = `
const { execSync } = require('node:child_process')
console.log(new Intl.DateTimeFormat('de', { month: 'long', timeZone: 'UTC' }).format(0))
console.log(new Intl.NumberFormat('ar-EG').format(42))
console.log(execSync('echo from a child').toString().trim())
console.log(require('node:os').userInfo().username)
const ask = async (url) => console.log(await fetch(url).then((answer) => answer.text(), (error) => error.cause.code))
ask(process.argv[1]).then(() => ask(process.argv[2]))
`

test('node: prints, supports languages, starts a child process and verifies a server', { skip }, async () => {
  await withServers(async (known, unknown, certificates) => {
    await load(programImage(set, 'node', { contents: [pkgs.nodejs, certificates] }))
    assert.equal(await inside('node', ['node', '-p', '1']), '1\n')
    const printed = await inside('node', ['node', '-e', node, known.url, unknown.url], onHost)
    assert.deepEqual(printed.trim().split(/\n+/), [
      'Januar',
      '٤٢',
      'from a child',
      'root',
      'hello over TLS',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ])
  })
})
