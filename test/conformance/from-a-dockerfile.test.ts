/** The `image.ts` of each section of docs/from-a-dockerfile.md: built as written, with files that it names, and run by Docker. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { missing } from '../support/command.ts'
import { noDocker } from '../support/dockerd.ts'
import { staticProgram } from '../support/elf.ts'
import { servers } from '../support/servers.ts'
import { slipway } from '../support/slipway.ts'
import { certificates } from '../support/tls-server.ts'
import { noTrixie } from '../support/trixie.ts'

const { folder, store, docker, answer, inside } = servers(['curl'])
const skip = noDocker || missing('openssl') || noTrixie
const page = readFileSync(join(import.meta.dirname, '../../docs/from-a-dockerfile.md'), 'utf8')
const secrets = join(folder, 'secrets')
// One lock for all sections.
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')

/** Section → the `image.ts` of its TypeScript blocks, in order. */
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [
      text.split('\n')[0] ?? '',
      [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? ''),
    ]),
)

interface Check {
  /** Files beside its `image.ts`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** What it exports. */
  readonly exports?: readonly string[]
  readonly check: () => Promise<void>
}

const format = (image: string, template: string) => docker(['image', 'inspect', '--format', template, image])

/** What the images of each section do. */
const checks: Readonly<Record<string, readonly Check[]>> = {
  'A service': [
    {
      files: {
        'app/server.py':
          'import os\nfrom flask import Flask\napp = Flask(__name__)\n@app.get("/")\ndef hello(): return f"user {os.getuid()}"\n',
        'app/.dockerignore': 'notes\n',
        'app/notes': 'not in the image',
      },
      check: async () => {
        assert.equal(await answer('service', { beside: ['curl', '-sSf', 'http://127.0.0.1:8080/'] }), 'user 1000')
        const healthy = [
          'sh',
          '-c',
          'test "$(curl -sf http://127.0.0.1:8080/)" = "user 1000" && test ! -e notes && echo yes',
        ]
        assert.equal(await answer('service', { inside: healthy }), 'yes\n')
        assert.match(await format('service', '{{json .Config.Healthcheck}}'), /"CMD","curl".*"Interval":10000000000/)
      },
    },
  ],
  'A volume that a user owns': [
    {
      check: async () => {
        assert.match(await answer('volume', { inside: ['redis-cli', 'save'] }), /^OK/)
        assert.equal(await inside('volume', ['sh', '-c', 'echo >/data/file && echo written']), 'written\n')
      },
    },
  ],
  'Several stages': [
    {
      files: { 'build/server': staticProgram('from a static program\n') },
      check: async () => assert.equal(await inside('static', []), 'from a static program\n'),
    },
    {
      files: { 'web.py': 'print("web")\n', 'worker.py': 'print("worker")\n' },
      exports: ['web', 'worker'],
      check: async () => {
        assert.equal(await inside('web', []), 'web\n')
        assert.equal(await inside('worker', []), 'worker\n')
      },
    },
  ],
  'Build arguments': [
    {
      check: async () =>
        assert.equal(
          await format('arguments:dev', '{{index .Config.Labels "org.opencontainers.image.version"}}'),
          'dev\n',
        ),
    },
  ],
  Secrets: [
    {
      files: {
        'nginx.conf':
          'events {}\nhttp { server { listen 8443 ssl; root /srv/www; ssl_certificate /run/secrets/server.pem; ssl_certificate_key /run/secrets/server.key; } }\n',
        'site/index.html': 'over TLS\n',
      },
      check: async () => {
        const mount = ['--volume', `${secrets}:/run/secrets:ro`]
        const beside = ['curl', '-sSf', '--cacert', '/run/secrets/ca.pem', 'https://localhost:8443/']
        assert.equal(await answer('tls', { run: mount, with: mount, beside }), 'over TLS\n')
      },
    },
  ],
  Certificates: [
    {
      check: async () => {
        const bundle = await docker([
          'run',
          '--rm',
          '--network',
          'none',
          '--entrypoint',
          'sh',
          'certificates',
          '-c',
          showBundle,
        ])
        assert.ok(bundle.includes(readFileSync(join(secrets, 'ca.pem'), 'utf8').trim()))
        assert.match(await inside('certificates', ['--version']), /^git version/)
      },
    },
  ],
  'Time zone and locale': [
    {
      check: async () => assert.match(await inside('german', []), /^(\w+tag|Mittwoch), \d\d:\d\d CES?T$/m),
    },
  ],
}
const showBundle = 'while read -r line; do echo "$line"; done </etc/ssl/certs/ca-certificates.crt'

test('from a Dockerfile: each section with code has a check, and the other way round', () => {
  const counted = [...sections].flatMap(([title, blocks]) => (blocks.length === 0 ? [] : [[title, blocks.length]]))
  assert.deepEqual(
    Object.fromEntries(counted),
    Object.fromEntries(Object.entries(checks).map(([title, each]) => [title, each.length])),
  )
})

for (const [title, each] of Object.entries(checks)) {
  test(`from a Dockerfile: ${title}`, { skip }, async () => {
    for (const [index, { files = {}, exports = ['default'], check }] of each.entries()) {
      const project = join(folder, `${title}-${index}`)
      write(project, {
        'package.json': '{ "type": "module" }',
        'image.ts': sections.get(title)?.[index] ?? '',
        ...files,
      })
      if (title === 'Certificates' || title === 'Secrets') await authority()
      if (title === 'Certificates') write(project, { 'company-ca.pem': readFileSync(join(secrets, 'ca.pem')) })
      for (const name of exports) await loadFrom(project, name)
      await check()
    }
  })
}

let made: ReturnType<typeof certificates> | undefined
async function authority(): Promise<void> {
  mkdirSync(secrets, { recursive: true })
  made ??= certificates(secrets)
  await made
}

function write(project: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true })
    writeFileSync(join(project, name), content, { mode: name === 'build/server' ? 0o755 : 0o644 })
  }
}

/** Builds an export by the command and loads it. */
async function loadFrom(project: string, name: string): Promise<void> {
  const archive = join(folder, 'image.tar')
  const words = ['build', `image.ts#${name}`, '--to', `docker-archive:${archive}`, '--compressor', 'none']
  const { status, stderr } = await slipway(words, { cwd: project, env: { SLIPWAY_STORE: store } })
  assert.equal(status, 0, stderr)
  await docker(['load', '--input', archive])
  rmSync(archive)
}
