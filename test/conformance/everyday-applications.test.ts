/**
 * Applications as people put them into images: own code at /app, owned by a user that typed commands add. Flask, Node, Java, Ruby, a static
 * binary, and git with an authority of one's own; each answers in Docker.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Commands, debian } from '../../src/index.ts'
import { missing, run } from '../support/command.ts'
import { noDocker } from '../support/dockerd.ts'
import { staticProgram } from '../support/elf.ts'
import { listening } from '../support/http-server.ts'
import { programImage } from '../support/programs.ts'
import { servers } from '../support/servers.ts'
import { certificates } from '../support/tls-server.ts'
import { noTrixie } from '../support/trixie.ts'

const { folder, docker, set, write, load, answer, inside } = servers(['curl'])
const { pkgs, copy, dockerTools } = set
const skip = noDocker || noTrixie

const addUser: Commands = (root) => root.user('app', { home: '/app' })
const app = (name: string) => copy(name, { to: '/app', owner: 'app:app' })
// Python and Node have no handler for SIGTERM as process 1.
const config = { User: 'app', WorkingDir: '/app', Entrypoint: ['tini', '--'] }
const curl = ['curl', '-sSf', 'http://127.0.0.1:8080/']

test('flask: serves own code as a user of its own', { skip }, async () => {
  write({
    'flask/server.py': `
import os, pwd
from flask import Flask
app = Flask(__name__)
@app.get('/')
def hello(): return f'flask as {pwd.getpwuid(os.getuid()).pw_name}, code of {os.stat("server.py").st_uid == os.getuid()}'
`,
  })
  const image = programImage(set, 'flask', {
    contents: [pkgs('python3-flask'), pkgs('tini'), app('flask')],
    fakeRootCommands: addUser,
    config: { ...config, Cmd: ['python3', '-m', 'flask', '--app', 'server', 'run', '--port', '8080'] },
  })
  await load(image)
  assert.equal(await answer('flask', { beside: curl }), 'flask as app, code of True')
})

test('node: serves own code as a user of its own', { skip }, async () => {
  write({
    'node/server.js': `require('node:http')
  .createServer((_, answer) => answer.end('node as ' + require('node:os').userInfo().username))
  .listen(8080)
`,
  })
  const image = programImage(set, 'node', {
    contents: [pkgs('nodejs'), pkgs('tini'), app('node')],
    fakeRootCommands: addUser,
    config: { ...config, Cmd: ['node', 'server.js'] },
  })
  await load(image)
  assert.equal(await answer('node', { beside: curl }), 'node as app')
})

test('java: a server of its runtime serves own files', { skip }, async () => {
  write({ 'java/index.html': 'from Java\n' })
  const image = programImage(set, 'java', {
    contents: [pkgs('openjdk-21-jre-headless'), app('java')],
    fakeRootCommands: addUser,
    config: { User: 'app', Cmd: ['java', '-m', 'jdk.httpserver', '-p', '8080', '-d', '/app'] },
  })
  await load(image)
  assert.equal(await answer('java', { beside: curl }), 'from Java\n')
})

test('ruby: serves own code as a user of its own', { skip }, async () => {
  write({
    'ruby/server.rb': `
require 'etc'
require 'webrick'
server = WEBrick::HTTPServer.new(Port: 8080, AccessLog: [])
server.mount_proc('/') { |_, answer| answer.body = "ruby as #{Etc.getpwuid.name}" }
trap('TERM') { server.shutdown }
server.start
`,
  })
  const image = programImage(set, 'ruby', {
    contents: [pkgs('ruby'), pkgs('ruby-webrick'), app('ruby')],
    fakeRootCommands: addUser,
    config: { User: 'app', WorkingDir: '/app', Cmd: ['ruby', 'server.rb'] },
  })
  await load(image)
  assert.equal(await answer('ruby', { beside: curl }), 'ruby as app')
})

test('static binary: the program and an account, and nothing else', { skip }, async () => {
  write({ 'static/greet': staticProgram('from a static program\n') })
  const image = debian({ suite: 'trixie', directory: folder, essential: 'none' }).dockerTools.buildLayeredImage({
    ...{ name: 'static', tag: 'latest' },
    contents: [copy('static/greet', { to: '/app/', owner: 'app' })],
    fakeRootCommands: addUser,
    config: { User: 'app', Cmd: ['/app/greet'] },
  })
  await load(image)
  assert.equal(await inside('static', []), 'from a static program\n')
  const id = (await docker(['create', 'static'])).trim()
  const archive = join(folder, 'static.tar')
  await docker(['export', '--output', archive, id])
  const files = (await run('tar', ['--list', '--file', archive]))
    .split('\n')
    .filter((name) => /^(app|etc)\/./.test(name))
  // Docker adds the three that it mounts over.
  assert.deepEqual(files.filter((name) => !/^etc\/(hostname|hosts|resolv\.conf|mtab)$/.test(name)).sort(), [
    'app/greet',
    'etc/group',
    'etc/passwd',
  ])
})

test('git: clones from a server whose authority the image has, and from no other', {
  skip: skip || missing('git', 'openssl'),
}, async () => {
  const [work, bare, tls] = ['work', 'bare', 'tls'].map((name) => join(folder, name))
  for (const each of [work, tls]) mkdirSync(each ?? '')
  const git = (words: readonly string[]) =>
    run('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...words], { cwd: work ?? '' })
  await git(['init', '--quiet', '--initial-branch=main'])
  await git(['commit', '--quiet', '--allow-empty', '--message=The first'])
  await git(['clone', '--quiet', '--bare', '.', bare ?? ''])
  await run('git', ['update-server-info'], { cwd: bare ?? '' })
  const { key, cert, authority } = await certificates(tls ?? '')
  const server = createServer({ key, cert }, ({ url = '' }, answer) => {
    try {
      answer.end(readFileSync(join(bare ?? '', new URL(url, 'https://localhost').pathname.replace('/repository', ''))))
    } catch {
      answer.writeHead(404).end()
    }
  })
  const at = `https://localhost:${await listening(server)}/repository`
  for (const [name, certificate] of [
    ['git', dockerTools.caCertificates.override({ extraCertificates: [authority] })],
    ['git-without', dockerTools.caCertificates],
  ] as const) {
    const image = programImage(set, name, { contents: [pkgs('git'), certificate] })
    await load(image)
    const commands = `git clone --quiet ${at} /tmp/clone && git -C /tmp/clone log --format=%s`
    const cloned = inside(name, ['sh', '-c', commands], ['--network', 'host'])
    if (name === 'git') assert.equal(await cloned, 'The first\n')
    else await assert.rejects(cloned, /certificate/)
  }
})
