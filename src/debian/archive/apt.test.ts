import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { thisMachine } from '../../actions/machine.ts'
import type { Machine } from '../../source/package.ts'
import { mirrorsFrom, parseAptProxies, parseAuth, parseIndexTargets, parseSources, parseSourcesList } from './apt.ts'
import { archivesOn, networkOn } from './apt-settings.ts'

const both = [
  { uri: 'http://a.example/debian', suite: 'bookworm' },
  { uri: 'http://a.example/debian', suite: 'bookworm-updates' },
  { uri: 'http://s.example/security', suite: 'bookworm-security' },
]
const shown = ({ archive, security }: { readonly archive: readonly URL[]; readonly security: readonly URL[] }) => [
  archive.map(String),
  security.map(String),
]

describe('apt: sources', () => {
  test('the one-line format, with options and comments, without deb-src and other components', () => {
    const text =
      '# deb http://no/ x main\ndeb [arch=amd64 signed-by=/k] http://a.example/debian bookworm main contrib # why\ndeb-src http://no/ bookworm main\ndeb http://b.example/ bookworm stable\n'
    assert.deepEqual(parseSourcesList(text), [{ uri: 'http://a.example/debian', suite: 'bookworm' }])
  })

  test('the deb822 format, with an inline key, several suites, and disabled entries', () => {
    const text = `Types: deb deb-src\n# mine\nURIs: http://a.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n\nTypes: deb\nURIs: http://s.example/security\nSuites: bookworm-security\nComponents: main\n\nEnabled: no\nTypes: deb\nURIs: http://no/\nSuites: bookworm\nComponents: main\n`
    assert.deepEqual(parseSources(text), both)
  })

  test('index targets of Debian only', () => {
    const target = (uri: string, codename: string, origin: string) =>
      `MetaKey: x\nRepo-URI: ${uri}\nCodename: ${codename}\nOrigin: ${origin}\nComponent: main\n`
    const text = [
      target('http://a.example/debian/', 'bookworm', 'Debian'),
      target('http://other/', 'bookworm', 'Somebody'),
    ].join('\n')
    assert.deepEqual(parseIndexTargets(text), [{ uri: 'http://a.example/debian/', suite: 'bookworm' }])
  })

  test('an unconfigured release uses the addresses of another one with a security part', () => {
    const other = [
      ...both,
      { uri: 'http://third.example/', suite: 'tool' },
      { uri: 'cdrom:[Debian]/', suite: 'bookworm' },
    ]
    const expected = [['http://a.example/debian'], ['http://s.example/security']]
    assert.deepEqual(shown(mirrorsFrom(other, 'bookworm')), expected)
    assert.deepEqual(shown(mirrorsFrom(other, 'trixie')), expected)
    assert.deepEqual(shown(mirrorsFrom([], 'trixie')), [[], []])
  })
})

describe('apt: network', () => {
  test('default proxies, per-host proxies, and none', () => {
    const dump =
      'Acquire::http::Proxy "http://p:1";\nAcquire::http::Proxy::a.example "DIRECT";\nAcquire::https::Proxy "false";\nAcquire::http::Proxy::b.example "";\n'
    const { http, https, hosts } = parseAptProxies(dump)
    assert.deepEqual([http, https, [...hosts]], ['http://p:1', 'DIRECT', [['a.example', 'DIRECT']]])
  })

  test('credentials apply to their host and path; without a scheme to https only', () => {
    const auth = parseAuth(
      '# mine\nmachine a.example/debian login jane password pass#word\nmachine http://b.example:8080\n  login joe password x\n',
    )
    assert.equal(auth(new URL('https://a.example/debian/x'))?.password, 'pass#word')
    assert.equal(auth(new URL('http://a.example/debian/x')), undefined)
    assert.equal(auth(new URL('https://a.example/other')), undefined)
    assert.equal(auth(new URL('http://b.example:8080/'))?.user, 'joe')
    assert.equal(auth(new URL('https://evil.example/a.example/debian')), undefined)
  })
})

describe('apt: a machine', () => {
  async function onMachine(
    files: Readonly<Record<string, string>>,
    work: (machine: (more?: Partial<Machine>) => readonly [Machine, folder: string]) => Promise<void>,
  ): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-apt-'))
    try {
      mkdirSync(join(folder, 'sources.list.d'))
      mkdirSync(join(folder, 'auth.conf.d'))
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
      await work((more = {}) => [{ ...thisMachine({}), run: async () => undefined, ...more }, folder])
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('SLIPWAY_DEBIAN_MIRROR wins, then unambiguous sources, then apt’s index targets', async () => {
    const list = 'deb http://a.example/debian bookworm main\ndeb http://s.example/security bookworm-security main\n'
    await onMachine(
      { 'sources.list': list, 'sources.list.d/x.list.disabled': 'deb http://no/ bookworm main\n' },
      async (machine) => {
        assert.deepEqual(shown(await archivesOn('bookworm', ...machine())), [
          ['http://a.example/debian'],
          ['http://s.example/security'],
        ])
        const environment = { SLIPWAY_DEBIAN_MIRROR: 'http://x.example/a, http://x.example/b' }
        assert.deepEqual(shown(await archivesOn('bookworm', ...machine({ environment }))), [
          ['http://x.example/a'],
          ['http://x.example/b'],
        ])
      },
    )
    const moving = list.replaceAll('bookworm', 'stable')
    await onMachine({ 'sources.list': moving }, async (machine) => {
      const targets = 'Repo-URI: http://t.example/\nCodename: bookworm\nOrigin: Debian\nComponent: main\n'
      const asked = await archivesOn('bookworm', ...machine({ run: async () => targets }))
      assert.deepEqual(shown(asked), [['http://t.example/'], []])
    })
  })

  test('one address in SLIPWAY_DEBIAN_MIRROR suffices if it ends with /debian', async () => {
    await onMachine({}, async (machine) => {
      const asked = (text: string) =>
        archivesOn('bookworm', ...machine({ environment: { SLIPWAY_DEBIAN_MIRROR: text } }))
      for (const text of ['http://x.example/a/debian', 'http://x.example/a/debian/ '])
        assert.deepEqual(shown(await asked(text))[1], ['http://x.example/a/debian-security'])
      for (const text of ['http://x.example/', 'http://x.example/a http://x.example/b http://x.example/c', 'x'])
        await assert.rejects(asked(text), /must be one address that ends with \/debian, or two addresses/)
    })
  })

  test('sources of Ubuntu are passed over, with a sentence that says what to set', async () => {
    const list = ['noble', 'noble-security']
      .map((suite) => `deb http://archive.ubuntu.com/ubuntu ${suite} main\n`)
      .join('')
    await onMachine({ 'sources.list': list }, async (machine) => {
      const asked = archivesOn('bookworm', ...machine())
      await assert.rejects(asked, /archive\.ubuntu\.com\/ubuntu, are not Debian's\. Set SLIPWAY_DEBIAN_MIRROR/)
    })
    const both = `${list}deb http://a.example/debian bookworm main\n`
    await onMachine({ 'sources.list': both }, async (machine) => {
      assert.deepEqual(shown(await archivesOn('bookworm', ...machine())), [['http://a.example/debian'], []])
    })
  })

  test('lists of mirrors, as in Debian’s cloud images, by priority', async () => {
    await onMachine({}, async (machine) => {
      const [, folder] = machine()
      const sources = ['debian', 'debian-security'].map(
        (name) =>
          `Types: deb deb-src\nURIs: mirror+file://${folder}/${name}.list\nSuites: bookworm${name.slice('debian'.length)}\nComponents: main\n`,
      )
      writeFileSync(join(folder, 'sources.list.d/debian.sources'), sources.join('\n'))
      writeFileSync(
        join(folder, 'debian.list'),
        '# ours\nhttp://third.example/debian\nhttp://b.example/debian\tpriority:2\tarch:amd64\n\nhttp://a.example/debian priority:1\n',
      )
      writeFileSync(join(folder, 'debian-security.list'), 'https://s.example/security\n')
      const expected = [
        ['http://a.example/debian', 'http://b.example/debian', 'http://third.example/debian'],
        ['https://s.example/security'],
      ]
      assert.deepEqual(shown(await archivesOn('bookworm', ...machine())), expected)
      const target = (name: string, codename: string): string =>
        `Repo-URI: mirror+file:${folder}/${name}.list/\nCodename: ${codename}\nOrigin: Debian\nComponent: main\n`
      const targets = [target('debian', 'bookworm'), target('debian-security', 'bookworm-security')].join('\n')
      assert.deepEqual(shown(await archivesOn('bookworm', ...machine({ run: async () => targets }))), expected)
    })
  })

  test('apt’s proxy wins over the environment’s, and credentials come from every file that apt reads', async () => {
    const files = {
      'auth.conf': 'machine a.example login one password 1',
      'auth.conf.d/b.conf': 'machine b.example login two password 2',
      'auth.conf.d/c.bak': 'machine c.example login no password 3',
    }
    await onMachine(files, async (machine) => {
      const environment = { http_proxy: 'http://env:1', HTTPS_PROXY: 'http://env:2', no_proxy: 'x' }
      const plain = await networkOn(...machine({ environment }))
      assert.deepEqual([plain.httpProxy, plain.httpsProxy, plain.noProxy], ['http://env:1', 'http://env:2', 'x'])
      const apt = await networkOn(
        ...machine({ environment, run: async () => 'Acquire::http::Proxy "http://apt:3";\n' }),
      )
      assert.equal(apt.httpProxy, 'http://apt:3')
      const users = ['a', 'b', 'c'].map((host) => plain.credentials?.(new URL(`https://${host}.example/`))?.user)
      assert.deepEqual(users, ['one', 'two', undefined])
    })
  })
})
