import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../../test/support/command.ts'
import { withFolder } from '../../test/support/sample-image.ts'
import { loginsIn, removeLogin, writeLogin } from './login-files.ts'

const environment = {}
const login = { user: 'alice', password: 'se:cret' }

test('login files: a login is readable by its owner only, and other contents are preserved', async () => {
  await withFolder(async (folder) => {
    const file = join(folder, 'new', 'config.json')
    await writeLogin(file, 'registry.example:5000', { login, environment })
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(await loginsIn({ files: [file], environment }).find('registry.example:5000', 'a/b'), login)
    const other = join(folder, 'config.json')
    const before = {
      auths: {
        'https://index.docker.io/v1/': { auth: 'Ym9iOng=', email: 'b@x' },
        'registry.example': { auth: 'YTpi' },
      },
      HttpHeaders: { 'X-A': 'b' },
      currentContext: 'rootless',
    }
    writeFileSync(other, JSON.stringify(before))
    chmodSync(other, 0o644)
    await writeLogin(other, 'docker.io', { login, environment })
    const after = JSON.parse(readFileSync(other, 'utf8'))
    assert.deepEqual([after.HttpHeaders, after.currentContext], [before.HttpHeaders, before.currentContext])
    assert.deepEqual(after.auths['registry.example'], before.auths['registry.example'])
    assert.equal(after.auths['https://index.docker.io/v1/'].auth, Buffer.from('alice:se:cret').toString('base64'))
    assert.equal(statSync(other).mode & 0o777, 0o600)
    assert.equal(await removeLogin('docker.io', { files: [file, other], environment }), true)
    assert.equal(await removeLogin('docker.io', { files: [file, other], environment }), false)
    assert.deepEqual(Object.keys(JSON.parse(readFileSync(other, 'utf8')).auths), ['registry.example'])
  })
})

test('login files: the first file that has a login wins; podman’s may be for one repository; tokens are supported', async () => {
  await withFolder(async (folder) => {
    const write = (name: string, value: unknown): string => {
      writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))
      return join(folder, name)
    }
    const first = write('first', {
      auths: { 'r.example/team/app': { auth: 'YTox' }, 'r.example/team': { auth: 'YToy' } },
    })
    const second = write('second', {
      auths: { 'r.example': { identitytoken: 'refresh' }, 's.example': { registrytoken: 'bearer' }, 't.example': {} },
    })
    const { find } = loginsIn({ files: [join(folder, 'none'), first, second], environment })
    assert.deepEqual(await find('r.example', 'team/app'), { user: 'a', password: '1' })
    assert.deepEqual(await find('r.example', 'team/other'), { user: 'a', password: '2' })
    assert.deepEqual(await find('r.example', 'teams'), { identityToken: 'refresh' })
    assert.deepEqual(await find('s.example', 'x'), { registryToken: 'bearer' })
    assert.equal(await find('t.example', 'x'), undefined)
    for (const broken of ['{"auths": "secret', '[]', '{"auths":{"r.example":{"auth":"secret"}}}']) {
      const failing = loginsIn({ files: [write('broken', broken)], environment }).find('r.example', 'x')
      await assert.rejects(failing, (thrown: Error) => /broken/.test(thrown.message) && !/secret/.test(thrown.message))
    }
  })
})

test('login files: a pipe, a device and a directory are refused, not waited for', async () => {
  await withFolder(async (folder) => {
    await run('mkfifo', [join(folder, 'pipe')])
    for (const file of [join(folder, 'pipe'), '/dev/zero', folder])
      await assert.rejects(loginsIn({ files: [file], environment }).find('r.example', 'x'), {
        code: 'registry.credentials',
        message: new RegExp(`^The login file ${file} cannot be read: it is not a regular file\\. .*--authfile`),
      })
  })
})

test('login files: a helper gets the login on its standard input, and the file only a reference', async () => {
  await withFolder(async (folder) => {
    mkdirSync(join(folder, 'bin'))
    const helper = `#!/bin/sh\necho "$1 $#" >> ${folder}/calls\ncat >> ${folder}/calls\n[ "$1" = get ] && echo 'credentials not found in native keychain' && exit 1\nexit 0\n`
    writeFileSync(join(folder, 'bin/docker-credential-own'), helper, { mode: 0o755 })
    const file = join(folder, 'config.json')
    writeFileSync(file, '{"credsStore":"own"}')
    const with_ = { environment: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` } }
    await writeLogin(file, 'r.example', { login, ...with_ })
    assert.doesNotMatch(readFileSync(file, 'utf8'), /se:cret|c2U6Y3JldA|auth":/)
    const calls = readFileSync(join(folder, 'calls'), 'utf8')
    assert.match(calls, /^store 1\n\{"ServerURL":"r\.example","Username":"alice","Secret":"se:cret"\}/)
    assert.equal(await loginsIn({ files: [file], ...with_ }).find('r.example', 'x'), undefined)
    const evil = loginsIn({ files: [file], environment })
    writeFileSync(file, '{"credsStore":"../../bin/sh"}')
    await assert.rejects(evil.find('r.example', 'x'), { code: 'registry.credentials' })
  })
})

test('login files: a helper that ends or runs on without an answer is an error, and leaves no process', async () => {
  await withFolder(async (folder) => {
    const file = join(folder, 'config.json')
    writeFileSync(file, '{"credsStore":"own"}')
    const helper = join(folder, 'docker-credential-own')
    const environment = { PATH: `${folder}:${process.env.PATH}` }
    const failing = (patience: number, signal?: AbortSignal) =>
      loginsIn({ files: [file], environment, patience, ...(signal === undefined ? {} : { signal }) }).find(
        'r.example',
        '',
      )
    for (const [script, message, patience] of [
      ['kill -9 $$', /docker-credential-own was ended by SIGKILL\. Install or repair it/, 60_000],
      ['exit 3', /docker-credential-own failed with status 3\./, 60_000],
      [`echo $$ > ${folder}/pid; while :; do :; done`, /docker-credential-own took longer than 1 s\./, 1000],
      ['exec cat /dev/zero', /docker-credential-own printed more than 1048576 bytes\./, 60_000],
    ] as const) {
      writeFileSync(helper, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
      await assert.rejects(failing(patience), { code: 'registry.credentials', message })
    }
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    writeFileSync(helper, '#!/bin/sh\nexec sleep 1000\n')
    const reason = new Error('enough')
    const stopping = new AbortController()
    const stopped = failing(60_000, stopping.signal)
    stopping.abort(reason)
    await assert.rejects(stopped, reason)
  })
})
