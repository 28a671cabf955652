/** Registries as `.npmrc` names them: whom slipway asks, what it shows them, and what it makes of their answers. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { thisMachine } from '../../src/actions/machine.ts'
import { authorizationFor } from '../../src/npm/registry/access.ts'
import { parseNpmrc } from '../../src/npm/registry/npmrc.ts'
import { missing } from '../support/command.ts'
import { locked, type NpmTest, pack, serveNpm, withNpm } from '../support/npm-project.ts'
import { refused } from '../support/refused.ts'
import { certificates } from '../support/tls-server.ts'
import { built, inFolder, nowhere } from '../support/workshop.ts'

const a = pack({ name: 'a' }, { 'index.js': 'a' })
const scoped = pack({ name: '@team/b' }, { 'index.js': 'b' })
const secret = 'npm_secret-of-the-test'

/** A project with both packages; `resolved` of each is at an address without a server, or absent. */
function lockBoth({ lock, registry }: NpmTest, resolved?: (path: string) => string): void {
  const entry = (packed: typeof a) => locked(packed, registry, { resolved: resolved?.(packed.path) })
  lock({ name: 'app' }, { 'node_modules/a': entry(a), 'node_modules/@team/b': entry(scoped) })
}

test('npmrc: values, quotes, comments, variables and lists, as npm reads them', () => {
  const text = [
    '; comment',
    '# comment',
    'registry = https://one.example/ ; two',
    'Quoted="a;b"',
    "single='c#d'",
    'escaped=a\\;b\\#c',
    'flag',
    'token=${TOKEN}',
    'missing=${MISSING}',
    'optional=${MISSING?}',
    'kept=\\${TOKEN}',
    'ca[]=first',
    'ca[]="se\\ncond"',
    '[section]',
    'twice=1',
    'twice=2',
  ]
  const config = parseNpmrc(`\u{feff}${text.join('\r\n')}`, { TOKEN: 't' })
  assert.deepEqual(Object.fromEntries(config), {
    registry: ['https://one.example/'],
    Quoted: ['a;b'],
    single: ['c#d'],
    escaped: ['a;b#c'],
    flag: ['true'],
    token: ['t'],
    missing: ['${MISSING}'],
    optional: [''],
    kept: ['${TOKEN}'],
    ca: ['first', 'se\ncond'],
    twice: ['2'],
  })
})

test('npmrc: a token is for its host and path only, and the longest path counts', () => {
  const config = parseNpmrc(
    [
      '//one.example/:_authToken=whole',
      '//one.example/team/:_authToken=team',
      '//two.example:8080/npm/:_auth=dTpw',
      '//three.example/:username=u',
      `//three.example/:_password=${Buffer.from('p').toString('base64')}`,
      '_authToken=for-nobody',
    ].join('\n'),
    {},
  )
  const of = (url: string) => authorizationFor(new URL(url), config)
  assert.equal(of('https://one.example/a/-/a-1.0.0.tgz'), 'Bearer whole')
  assert.equal(of('https://one.example/team/@team%2fb'), 'Bearer team')
  assert.equal(of('https://one.example/teams'), 'Bearer whole')
  assert.equal(of('https://two.example:8080/npm/a'), 'Basic dTpw')
  assert.equal(of('https://three.example/a'), 'Basic dTpw')
  for (const url of [
    'https://two.example/npm/a',
    'https://two.example:8080/other',
    'https://one.example.evil/a',
    'https://one.example:444/a',
  ])
    assert.equal(of(url), undefined, url)
})

test('registry: the project’s .npmrc before the user’s, a scope before all, the environment before both', async () => {
  await using other = await serveNpm([scoped, a])
  await withNpm(
    async (npm) => {
      const { registry, write, set, shop, user } = npm
      lockBoth(npm)
      write({
        '.npmrc': `registry=${registry.url}\n`,
        '../user/.npmrc': `registry=http://user.invalid/\n@team:registry=${other.url}\n`,
      })
      await built(set().modules, shop())
      assert.deepEqual(
        registry.asked.map(({ path }) => path),
        [a.path],
      )
      assert.deepEqual(
        other.asked.map(({ path }) => path),
        [scoped.path],
      )
      const environment = { HOME: user, NPM_CONFIG_REGISTRY: other.url.href }
      const elsewhere = pack({ name: 'a', version: '2.0.0' })
      other.publish(elsewhere)
      npm.lock({ name: 'app' }, { 'node_modules/a': locked(elsewhere, registry, { resolved: undefined }) })
      await built(set().modules, shop({ machine: { ...shop().machine, environment } }))
      assert.equal(other.asked.at(-1)?.path, elsewhere.path)
    },
    [a],
  )
})

test('registry: what .npmrc names is asked first, below its path, and what the lock file has after it', async () => {
  await withNpm(
    async (npm) => {
      const { registry, write, set, shop } = npm
      lockBoth(npm, (path) => new URL(path, registry.url).href)
      write({ '.npmrc': `registry=${registry.url}mirror/\n` })
      await built(set().modules, shop())
      assert.deepEqual(
        registry.asked.map(({ path }) => path).sort(),
        [a.path, scoped.path, `/mirror${a.path}`, `/mirror${scoped.path}`].sort(),
      )
    },
    [a, scoped],
  )
})

test('registry: without an address or a setting npm is asked for its own, and nothing without npm', async () => {
  await withNpm(
    async (npm) => {
      const { registry, set, shop } = npm
      lockBoth(npm)
      await refused('npm.no-registry', built(set().modules, shop()))
      const machine = {
        ...nowhere,
        run: async (program: string) => (program === 'npm' ? `${registry.url}\n` : undefined),
      }
      await built(set().modules, shop({ machine }))
    },
    [a, scoped],
  )
})

test('registry: a token is sent to its host alone, is dropped on a redirect, and is written nowhere', async () => {
  await using content = await serveNpm([a, scoped])
  await withNpm(async (npm) => {
    const { registry, write, set, shop, home } = npm
    lockBoth(npm)
    write({ '.npmrc': `registry=${registry.url}\n//${registry.url.host}/:_authToken=\${TOKEN}\n` })
    registry.answer = (request, response) => {
      response.writeHead(302, { location: new URL(request.url ?? '', content.url).href })
      response.end()
      return true
    }
    const environment = { TOKEN: secret }
    const image = set().image({ name: 'app', config: { Cmd: ['x'] }, allowMissingCommand: true, compressor: 'none' })
    await built(image, shop({ machine: { ...shop().machine, environment } }))
    assert.deepEqual(
      registry.asked.map(({ authorization }) => authorization),
      [`Bearer ${secret}`, `Bearer ${secret}`],
    )
    assert.deepEqual(
      content.asked.map(({ authorization }) => authorization),
      [undefined, undefined],
    )
    for (const file of readdirSync(join(home, '..'), { recursive: true, withFileTypes: true }))
      if (file.isFile()) assert.ok(!readFileSync(join(file.parentPath, file.name)).includes(secret), file.name)
  })
})

test('registry: a redirect on the same host out of the token’s path loses the token', async () => {
  await withNpm(
    async (npm) => {
      const { registry, write, set, shop } = npm
      lockBoth(npm)
      write({ '.npmrc': `registry=${registry.url}team/\n//${registry.url.host}/team/:_authToken=${secret}\n` })
      registry.answer = (request, response) => {
        if (request.url?.startsWith('/team/') !== true) return false
        response.writeHead(302, { location: request.url.slice('/team'.length) })
        response.end()
        return true
      }
      await built(set().modules, shop())
      for (const { path, authorization } of registry.asked)
        assert.equal(authorization, path.startsWith('/team/') ? `Bearer ${secret}` : undefined)
    },
    [a, scoped],
  )
})

test('registry: one that refuses, and errors without the token', async () => {
  await withNpm(async (npm) => {
    const { registry, write, set, shop } = npm
    lockBoth(npm)
    write({ '.npmrc': `registry=http://user:${secret}@${registry.url.host}/\n` })
    registry.answer = (_request, response) => {
      response.writeHead(401).end()
      return true
    }
    const error = await refused('network.status', built(set().modules, shop()))
    assert.match(error.message, /401.*Check the credentials/)
    assert.ok(!JSON.stringify([error.message, error.detail]).includes(secret))
  })
})

test('registry: credentials that cannot be used are not sent, and the error of a registry that refuses says why', async () => {
  for (const [setting, T, why] of [
    [':_authToken=${T}', undefined, /name the variable T, which is not set\.$/],
    [':_authToken=${T}', 'secret\n', /have a line break or another character that no header may have\.$/],
    [':_auth=${T}', undefined, /name the variable T/],
    [':_authToken=right', 'x', /Check the credentials for this address\.$/],
  ] as const)
    await withNpm(async ({ home, registry, write, lock, set, shop, user }) => {
      registry.answer = (_request, response) => {
        response.writeHead(401).end()
        return true
      }
      write({ '.npmrc': `//${registry.url.host}/${setting}\n` })
      lock({ name: 'app' }, { 'node_modules/a': locked(a, registry) })
      const machine = { ...thisMachine({ HOME: user, T }), run: nowhere.run }
      const { message } = await refused('network.status', built(set().modules, shop({ machine })))
      assert.ok(
        message.startsWith(`a 1.0.0 (node_modules/a in ${home}/package-lock.json): ${registry.url.href}`),
        message,
      )
      assert.match(message, why)
      assert.ok(!message.includes('secret'))
      assert.deepEqual(
        registry.asked.map(({ authorization }) => authorization),
        [setting.endsWith('right') ? 'Bearer right' : undefined],
      )
    })
})

test('registry: a setting that is not an address is an error, and the address in the lock file is not asked', async () => {
  for (const stated of ['registry.example/npm', 'ftp://registry.example/'])
    await withNpm(
      async ({ registry, write, lock, set, shop }) => {
        write({ '.npmrc': `registry=${stated}\n` })
        lock({ name: 'app' }, { 'node_modules/a': locked(a, registry) })
        const { message } = await refused('npm.no-registry', built(set().modules, shop()))
        assert.match(
          message,
          /name ".*" as the registry of a, which is not an http: or https: address\. Correct `registry`/,
        )
        assert.deepEqual(registry.asked, [])
      },
      [a],
    )
})

test('registry: a failed request is repeated, a partial tarball is resumed, wrong content is refused', async () => {
  await withNpm(
    async (npm) => {
      const { registry, set, shop } = npm
      lockBoth(npm, (path) => new URL(path, registry.url).href)
      let turn = 0
      registry.answer = (request, response) => {
        if (request.url !== a.path || turn++ > 1) return false
        if (turn === 1) response.writeHead(503).end()
        else {
          response.writeHead(200, { 'content-length': a.bytes.length })
          response.write(a.bytes.subarray(0, 20), () => response.destroy())
        }
        return true
      }
      await built(set().modules, shop())
      assert.equal(registry.asked.filter(({ path }) => path === a.path).length, 3)
    },
    [a, scoped],
  )
  await withNpm(async (npm) => {
    const { registry, set, shop, lock } = npm
    lock({ name: 'app' }, { 'node_modules/a': locked(a, registry) })
    registry.publish({ ...a, bytes: scoped.bytes })
    const error = await refused('npm.integrity', built(set().modules, shop()))
    assert.match(error.message, new RegExp(`a 1\\.0\\.0 from ${registry.url.href}a/-/a-1\\.0\\.0\\.tgz`))
    assert.deepEqual(
      readdirSync(join(shop().store.root, 'nix/store')).filter((name) => name.endsWith('.tgz')),
      [],
    )
  })
})

test('registry: a slow one, piece by piece with pauses, is waited for', async () => {
  await withNpm(
    async (npm) => {
      const { registry, set, shop } = npm
      lockBoth(npm, (path) => new URL(path, registry.url).href)
      registry.answer = (request, response) => {
        if (request.url !== a.path) return false
        const next = (from: number): void => {
          response.write(a.bytes.subarray(from, from + 16))
          if (from + 16 < a.bytes.length) setTimeout(next, 2, from + 16)
          else response.end()
        }
        next(0)
        return true
      }
      await built(set().modules, shop())
      assert.equal(registry.asked.filter(({ path }) => path === a.path).length, 1)
    },
    [a, scoped],
  )
})

test('registry: one that lies is refused with nothing kept, and the address in the lock file is asked instead', async () => {
  const redirected = new URL('http://localhost')
  const lies: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'a page instead': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>'),
    'nothing at all': (response) => response.writeHead(200).end(),
    'only its start': (response) => response.writeHead(200, { 'content-length': 40 }).end(a.bytes.subarray(0, 40)),
    'more than there is': (response) => response.writeHead(200).end(Buffer.concat([a.bytes, Buffer.alloc(1000)])),
    'another package by redirection': (response) =>
      response.writeHead(302, { location: new URL(scoped.path, redirected).href }).end(),
  }
  await withNpm(
    async (npm) => {
      const { registry, lock, write, set, shop } = npm
      redirected.port = registry.url.port
      const kept = () =>
        readdirSync(join(shop().store.root, 'nix/store')).filter((name) => name.endsWith('-a-1.0.0.tgz'))
      for (const [name, lie] of Object.entries(lies)) {
        registry.answer = (request, response) => {
          if (!request.url?.startsWith('/mirror/')) return false
          lie(response)
          return true
        }
        write({ '.npmrc': `registry=${registry.url.href}mirror/\n` })
        lock({ name: 'app' }, { 'node_modules/a': locked(a, registry, { resolved: undefined }) })
        await refused('npm.integrity', built(set().modules, shop()))
        assert.deepEqual(kept(), [], name)
      }
      lock({ name: 'app' }, { 'node_modules/a': locked(a, registry) })
      await built(set().modules, shop())
      assert.equal(kept().length, 1)
      assert.deepEqual(
        registry.asked.slice(-3).map(({ path }) => path),
        [`/mirror${a.path}`, scoped.path, a.path],
      )
    },
    [a, scoped],
  )
})

test('registry: one that sends bytes without end is left after 256 MiB, and the address in the lock file is asked instead', async () => {
  await withNpm(
    async (npm) => {
      const { registry, lock, write, set, shop } = npm
      let sent = 0
      registry.answer = (request, response) => {
        if (!request.url?.startsWith('/mirror/')) return false
        const chunk = Buffer.alloc(1_048_576)
        const more = (failure?: Error | null): void => {
          if (failure || response.destroyed) return
          sent += chunk.length
          response.write(chunk, more)
        }
        more()
        return true
      }
      write({ '.npmrc': `registry=${registry.url.href}mirror/\n` })
      lock({ name: 'app' }, { 'node_modules/a': locked(a, registry, { resolved: undefined }) })
      await refused('network.too-large', built(set().modules, shop()))
      assert.ok(sent < 400 * 1_048_576, String(sent))
      lock({ name: 'app' }, { 'node_modules/a': locked(a, registry) })
      await built(set().modules, shop())
    },
    [a],
  )
})

test('registry: with all packages in the store nothing is asked', async () => {
  await withNpm(
    async (npm) => {
      const { registry, set, shop } = npm
      lockBoth(npm, (path) => new URL(path, registry.url).href)
      await built(
        set().image({ name: 'app', config: { Cmd: ['x'] }, allowMissingCommand: true, compressor: 'none' }),
        shop(),
      )
      const before = registry.asked.length
      const offline = () => Promise.reject(new Error('no network'))
      await built(
        set().image({ name: 'again', config: { Cmd: ['x'] }, allowMissingCommand: true, compressor: 'none' }),
        shop({ download: offline, get: offline }),
      )
      assert.equal(registry.asked.length, before)
    },
    [a, scoped],
  )
})

test('registry: through the proxy of .npmrc, but for the hosts of noproxy', async () => {
  await withNpm(
    async (npm) => {
      const { registry, write, set, shop } = npm
      const seen: string[] = []
      const proxy = createServer((request, response) => {
        seen.push(request.url ?? '')
        response.end(a.bytes)
      })
      proxy.on('connect', ({ url = '' }, socket) => {
        seen.push(url)
        const to = connect(Number(registry.url.port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
          to.pipe(socket).pipe(to)
        })
      })
      await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
      try {
        const address = proxy.address()
        const port = typeof address === 'object' && address !== null ? address.port : 0
        npm.lock({ name: 'app' }, { 'node_modules/a': locked(a, registry, { resolved: undefined }) })
        write({ '.npmrc': `registry=http://registry.invalid/\nproxy=http://127.0.0.1:${port}\n` })
        await built(set().modules, shop())
        assert.equal(seen.length, 1)
        assert.match(seen[0] ?? '', /registry\.invalid/)
        npm.lock({ name: 'app' }, { 'node_modules/@team/b': locked(scoped, registry) })
        write({ '.npmrc': `proxy=http://127.0.0.1:${port}\nnoproxy=127.0.0.1\n` })
        await built(set().modules, shop())
        assert.equal(seen.length, 1)
      } finally {
        proxy.closeAllConnections()
        proxy.close()
      }
    },
    [a, scoped],
  )
})

test('registry: its certificate by cafile, or by no check at all', { skip: missing('openssl') }, async () => {
  const { key, cert, authority } = await inFolder(certificates)
  const server = createSecureServer({ key, cert }, (_request, response) => response.end(a.bytes))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  try {
    const address = server.address()
    const registry = `registry=https://localhost:${typeof address === 'object' && address !== null ? address.port : 0}/\n`
    for (const [npmrc, trusted] of [
      ['', false],
      ['cafile=ca.pem\n', true],
      [`ca="${authority.replaceAll('\n', '\\n')}"\n`, true],
      ['strict-ssl=false\n', true],
    ] as const)
      await withNpm(async (npm) => {
        npm.lock({ name: 'app' }, { 'node_modules/a': locked(a, npm.registry, { resolved: undefined }) })
        npm.write({ '.npmrc': registry + npmrc, 'ca.pem': authority })
        const work = built(npm.set().modules, npm.shop())
        if (trusted) await work
        else await refused('network.certificate', work)
      })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
