/** Packages whose scripts matter, configured by dpkg in a sandbox: their servers start in Docker. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, debian } from '../../src/index.ts'
import { noDebs } from '../support/debs.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { refused } from '../support/refused.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const docker = sharedDocker()
const { pkgs, dockerTools } = debian({
  suite: 'bookworm',
  essential: 'all',
  exclude: ['doc', 'man', 'locale'],
  directory: folder,
})
const skip = noDebs || noDocker

/** Package → a script that starts its server and queries it, and the expected answer. */
const servers = [
  ['postgresql', 'pg_ctlcluster 15 main start && su postgres -c "psql -Atc \\"select 6*7\\""', /^42$/m],
  [
    'apache2',
    'apache2ctl start && exec 3<>/dev/tcp/127.0.0.1/80 && printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3 && head -n 1 <&3',
    /200 OK/,
  ],
  ['mariadb-server', 'service mariadb start >&2 && mariadb -Ne "select 6*7"', /^42$/m],
  [
    'rabbitmq-server',
    // await_startup fails until the node is registered.
    'rabbitmq-server -detached && timeout 300 sh -c "until rabbitmqctl -q await_startup; do :; done" && rabbitmqctl status',
    /Status of node rabbit@/,
  ],
] as const

for (const [name, script, answer] of servers) {
  test(`${name} is configured by dpkg, and its server starts`, { skip }, async () => {
    const image = dockerTools.buildLayeredImage({
      ...{ name, tag: 'latest', contents: [pkgs(name)], debianConfigure: true },
      ...{ maxLayers: 4, compressor: 'none' },
    })
    const { physical } = await build(image, { store })
    await docker(['load', '-i', physical])
    const said = await docker([
      'run',
      '--rm',
      '--network',
      'none',
      '--add-host',
      'host:127.0.0.1',
      '--hostname',
      'host',
      name,
      'bash',
      '-ec',
      script,
    ])
    assert.match(said, answer)
    const audit = await docker(['run', '--rm', '--network', 'none', name, 'dpkg', '--audit'])
    assert.equal(audit, '')
    await docker(['rmi', name])
  })
}

test('debianConfigure: without all Essential packages, it is refused before anything runs', {
  skip: noDebs,
}, async () => {
  const set = debian({ suite: 'bookworm', directory: folder })
  const image = set.dockerTools.buildImage({ name: 'bare', copyToRoot: [set.pkgs('hello')], debianConfigure: true })
  const error = await refused('command.package-absent', build(image, { store }))
  assert.match(error.message, /Write essential: "all"/)
})
