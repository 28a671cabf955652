import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mirrorsBy } from './mirrors.ts'
import { parseRegistryName } from './name.ts'
import { parseMirror, parseRegistriesConf } from './registries-conf.ts'

const conf = `
unqualified-search-registries = ["quay.io"]
[[registry]]
prefix = "docker.io/library"
location = "docker.io/library"
[[registry.mirror]]
location = "mirror.example:5000/hub"
insecure = true
[[registry.mirror]]
location = "digests.example"
pull-from-mirror = "digest-only"
[[registry]]
prefix = "*.corp.example"
location = "proxy.example/corp"
[[registry]]
location = "old.example"
blocked = true
[[registry]]
prefix = "moved.example/team"
location = "new.example/group"
`
const digest = `sha256:${'a'.repeat(64)}`

test('mirrors: the longest prefix of registries.conf wins; mirrors come before the registry', async () => {
  const mirrors = mirrorsBy(await parseRegistriesConf(conf, 'registries.conf'))
  const places = (name: string) => mirrors.of(parseRegistryName(name)).map(({ domain, path }) => `${domain}/${path}`)
  assert.deepEqual(places('debian'), ['mirror.example:5000/hub/debian', 'docker.io/library/debian'])
  assert.deepEqual(places(`debian@${digest}`), [
    'mirror.example:5000/hub/debian',
    'digests.example/debian',
    'docker.io/library/debian',
  ])
  assert.deepEqual(places('grafana/grafana'), ['docker.io/grafana/grafana'])
  assert.deepEqual(places('a.corp.example/x/y'), ['proxy.example/corp/x/y'])
  assert.deepEqual(places('moved.example/team/app'), ['new.example/group/app'])
  assert.deepEqual(places('moved.example/teams/app'), ['moved.example/teams/app'])
  assert.deepEqual(places('docker.io/library-x/y'), ['docker.io/library-x/y'])
  assert.throws(() => places('old.example/x'), { code: 'registry.denied' })
  assert.equal(mirrors.of(parseRegistryName('debian'))[0]?.insecure, true)
})

test('mirrors: --mirror applies to Docker Hub unless it names a registry; invalid settings are refused', async () => {
  const rules = [parseMirror('http://mirror.example/'), parseMirror('quay.io=cache.example/quay')]
  const mirrors = mirrorsBy(rules)
  const first = (name: string) => mirrors.of(parseRegistryName(name))[0]
  assert.deepEqual(first('debian'), { domain: 'mirror.example', path: 'library/debian', insecure: true })
  assert.deepEqual(first('quay.io/a/b'), { domain: 'cache.example', path: 'quay/a/b' })
  for (const text of ['', '=', 'a b', 'x=', 'https://'])
    assert.throws(() => parseMirror(text), { code: 'argument.invalid' })
  await assert.rejects(parseRegistriesConf('[[registry', 'the.conf'), {
    code: 'registry.credentials',
    message: /the\.conf/,
  })
  await assert.rejects(parseRegistriesConf('[[registry]]\nblocked = true', 'the.conf'), {
    code: 'registry.credentials',
  })
})

test('mirrors: slashes at the end are dropped; what podman refuses is refused, so that no registry is blocked in vain', async () => {
  const rule = (text: string) => parseRegistriesConf(`[[registry]]\n${text}`, 'the.conf')
  const [slashed] = await rule('prefix = "a.example/"\nlocation = "b.example/team/"')
  assert.deepEqual([slashed?.prefix, slashed?.location], ['a.example', 'b.example/team'])
  for (const text of [
    'location = "https://b.example"',
    'location = 5',
    'location = "b.example"\nblocked = "true"',
    'location = "b.example"\ninsecure = 1',
    'location = "b.example"\nmirror-by-digest-only = "yes"',
    'location = "b.example"\n[[registry.mirror]]\nlocation = "c.example"\npull-from-mirror = "sometimes"',
  ])
    await assert.rejects(rule(text), { code: 'registry.credentials', message: /the\.conf/ }, text)
})

test('mirrors: the first version of registries.conf still blocks registries and marks them insecure', async () => {
  const older = `
[registries.search]
registries = ["docker.io"]
[registries.insecure]
registries = ["plain.example:5000"]
[registries.block]
registries = ["old.example"]
`
  const mirrors = mirrorsBy(await parseRegistriesConf(older, 'registries.conf'))
  assert.throws(() => mirrors.of(parseRegistryName('old.example/x')), { code: 'registry.denied' })
  assert.equal(mirrors.of(parseRegistryName('plain.example:5000/x'))[0]?.insecure, true)
})
