import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDockerDaemon } from './docker-daemon.ts'
import { mirrorsBy } from './mirrors.ts'
import { parseRegistryName } from './name.ts'
import { parseMirror, parseRegistriesConf } from './registries-conf.ts'

const settings = {
  'registry-mirrors': ['https://hub.example', 'http://plain.example:5000/'],
  'insecure-registries': ['registry.example:5000', '10.1.0.0/16', 'fd00::/8'],
  'log-level': 'warn',
}

test("docker's daemon.json: its mirrors are for Docker Hub alone, after those of --mirror and registries.conf", async () => {
  const { mirrors: after } = parseDockerDaemon(JSON.stringify(settings), 'daemon.json')
  const conf = `
    [[registry]]
    location = "docker.io"
    [[registry.mirror]]
    location = "conf.example/hub"
    [[registry]]
    location = "docker.io/private"
    blocked = true`
  const before = [parseMirror('first.example'), parseMirror('second.example')]
  const mirrors = mirrorsBy(await parseRegistriesConf(conf, 'registries.conf'), { before, after })
  const places = (name: string) => mirrors.of(parseRegistryName(name)).map(({ domain, path }) => `${domain}/${path}`)
  assert.deepEqual(places('debian'), [
    'first.example/library/debian',
    'second.example/library/debian',
    'conf.example/hub/library/debian',
    'hub.example/library/debian',
    'plain.example:5000/library/debian',
    'docker.io/library/debian',
  ])
  assert.deepEqual(places('quay.io/a/b'), ['quay.io/a/b'])
  assert.throws(() => places('private/x'), { code: 'registry.denied' })
  const alone = mirrorsBy([], { after })
  assert.deepEqual(
    alone.of(parseRegistryName('debian')).map(({ domain, insecure = false }) => [domain, insecure]),
    [
      ['hub.example', false],
      ['plain.example:5000', true],
      ['docker.io', false],
    ],
  )
})

test("docker's daemon.json: insecure registries are hosts, or networks that contain an address", () => {
  const { insecure } = parseDockerDaemon(JSON.stringify(settings), 'daemon.json')
  const hosts = ['registry.example:5000', '10.1.2.3', '10.1.2.3:5000', '[fd00::1]:5000']
  assert.deepEqual(hosts.filter(insecure), hosts)
  assert.deepEqual(['registry.example', '10.2.0.1', '[fe80::1]', 'example'].filter(insecure), [])
  assert.equal(parseDockerDaemon(' \n', 'daemon.json').insecure('x'), false)
})

test("docker's daemon.json: a broken one is refused, with its name and what is wrong", () => {
  for (const [text, message] of [
    ['{', /daemon\.json cannot be used/],
    ['[]', /must be a JSON object/],
    ['{"registry-mirrors": "x"}', /"registry-mirrors" must be an array of strings; got "x"/],
    ['{"insecure-registries": [1]}', /"insecure-registries" must be an array of strings; got \[1\]/],
    ['{"registry-mirrors": ["a b"]}', /"a b" in "registry-mirrors" is not an address/],
    ['{"registry-mirrors": ["quay.io=x"]}', /"quay.io=x" in/],
  ] as const)
    assert.throws(() => parseDockerDaemon(text, 'daemon.json'), { code: 'registry.credentials', message })
})
