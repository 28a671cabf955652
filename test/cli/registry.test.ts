/** Commands that talk to registries, as users see them: their output and files, and that these contain no secrets. */
import assert from 'node:assert/strict'
import { existsSync, globSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { run } from '../support/command.ts'
import { checkImage } from '../support/image-check.ts'
import { noRegistry, startRegistry } from '../support/registry.ts'
import { type Ended, slipway, writeProject } from '../support/slipway.ts'
import { inFolder } from '../support/workshop.ts'

const source = `import { debian } from 'slipway'
const { dockerTools, writeTextDir } = debian({ suite: 'bookworm', architecture: 'amd64' })
const contents = writeTextDir('etc/motd', 'hello\\n')
const one = dockerTools.buildLayeredImage({ name: 'one', tag: '1', contents })
export const arm = one.override({ architecture: 'arm64' })
export const index = dockerTools.imageIndex([one, arm])
export const stream = one.stream
export default one
`

type Ship = (words: string, input?: string) => Promise<Ended>

async function inProject(work: (ship: Ship, cwd: string) => Promise<void>): Promise<void> {
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': source })
    const env = {
      HOME: cwd,
      DOCKER_CONFIG: join(cwd, '.docker'),
      XDG_RUNTIME_DIR: join(cwd, '.run'),
      REGISTRY_AUTH_FILE: '',
    }
    await work(
      (words, input) => slipway(words.split(' '), { cwd, env, ...(input === undefined ? {} : { input }) }),
      cwd,
    )
  })
}

async function printed(ended: Promise<Ended>): Promise<string> {
  const { status, stdout, stderr } = await ended
  assert.equal(status, 0, stderr)
  return stdout.trimEnd()
}

test('cli: push, pull, copy, digest, tags and inspect', { skip: noRegistry }, async () => {
  const { host } = await startRegistry()
  await inProject(async (ship, cwd) => {
    const pushed = JSON.parse(
      await printed(ship(`push image.ts ${host}/one:1 ${host}/one:2 --json --digest-file digest`)),
    )
    assert.deepEqual(pushed.names, [`${host}/one:1`, `${host}/one:2`])
    assert.equal(pushed.reference, `${host}/one@${pushed.digest}`)
    assert.equal(readFileSync(join(cwd, 'digest'), 'utf8'), pushed.digest)
    assert.equal(await printed(ship(`push image.ts ${host}/one:1 --quiet`)), pushed.reference)
    assert.equal(await printed(ship(`digest ${host}/one:2`)), pushed.digest)
    assert.deepEqual((await printed(ship(`tags ${host}/one`))).split('\n').sort(), ['1', '2'])
    assert.equal(await printed(ship(`pull ${host}/one:1 -o base.tar`)), 'docker-archive:base.tar')
    await checkImage(join(cwd, 'base.tar'))
    assert.equal(await printed(ship(`copy docker://${host}/one:1 oci:layout`)), `oci:layout@${pushed.digest}`)
    await printed(
      ship(`push image.ts#index ${host}/both:1 --compressor zstd:1 --annotation a=b --index-annotation c=d=e`),
    )
    const index = JSON.parse(await run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${host}/both:1`]))
    assert.deepEqual(index.annotations, { c: 'd=e' })
    const arm = await printed(ship(`digest ${host}/both:1 --platform arm64`))
    assert.equal(arm, index.manifests[1].digest)
    const summary = JSON.parse(await printed(ship(`inspect docker://${host}/both:1 --json --compare image.ts`)))
    assert.deepEqual(
      summary.images.map(({ platform }: { platform: string }) => platform),
      ['linux/amd64', 'linux/arm64'],
    )
    for (const { shared, layers } of summary.images) assert.ok(shared > 0 && layers.length > 0)
    assert.match(
      await printed(ship(`inspect docker://${host}/both:1`)),
      /linux\/amd64 {2}2 layers, \d+ B, all in the store, created 1970/,
    )
    const built = JSON.parse(await printed(ship(`build image.ts --to docker://${host}/built:1 --json`)))
    assert.equal(built.digest, pushed.digest)
    await printed(ship(`merge base.tar -o docker://${host}/merged:1 --compressor gz`))
    assert.equal(await printed(ship(`digest ${host}/merged:1`)), pushed.digest)
    assert.match((await ship(`merge base.tar image.ts#arm -o docker://${host}/two:1`)).stderr, /cannot name 2 images/)
    await printed(ship(`copy docker-archive:base.tar docker://${host}/packed:1`))
    assert.equal(await printed(ship(`digest ${host}/packed:1`)), pushed.digest)
    const exact = `docker://${host}/exact@${pushed.digest}`
    assert.equal(await printed(ship(`copy oci:layout ${exact}`)), exact)
    const annotated = await ship(`push oci:layout ${host}/annotated:1 --annotation a=b`)
    assert.match(annotated.stderr, /without the annotation "a".*\[argument\.invalid\]/s)
    const other = await ship(`digest ${host}/both:1 --platform arm/v7`)
    assert.match(other.stderr, /of the platform linux\/arm\/v7\. Choose .*\(linux\/amd64\).*\(linux\/arm64\)/s)
    const missing = await ship(`digest ${host}/none:1`)
    assert.deepEqual([missing.status, missing.stdout], [1, ''])
    assert.match(missing.stderr, /does not exist.*\[registry\.not-found\]/s)
    assert.match((await ship(`push image.ts ${host}/x@sha256:${'0'.repeat(64)}`)).stderr, /\[argument\.invalid\]/)
  })
})

test('cli: the manual’s pipe: a stream through gzip is pushed', { skip: noRegistry }, async () => {
  const { host } = await startRegistry()
  await inProject(async (ship, cwd) => {
    const script = await printed(ship('build image.ts#stream'))
    await run('sh', ['-c', `${script} | gzip --fast > f`], { cwd })
    await printed(ship(`copy docker-archive:f docker://${host}/f:1`))
    assert.match(await printed(ship(`digest ${host}/f:1`)), /^sha256:/)
  })
})

test('cli: login and logout; without a login access is denied, and the password appears nowhere', {
  skip: noRegistry,
}, async () => {
  const { host, certDir } = await startRegistry({ login: true, tls: 'server' })
  await inProject(async (ship, cwd) => {
    const denied = await ship(`push image.ts ${host}/one:1 --cert-dir ${certDir} --json`)
    assert.equal(JSON.parse(denied.stdout).error.code, 'registry.denied')
    const login = `login ${host} --username alice --password-stdin --cert-dir ${certDir}`
    const wrong = await ship(login, 'not the password\n')
    assert.match(wrong.stderr, /does not accept this user and password.*\[registry\.denied\]/)
    assert.ok(!existsSync(join(cwd, '.docker')))
    assert.match(await printed(ship(login, 'secret\n')), /^Logged in to 127/)
    const file = join(cwd, '.docker/config.json')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const said = [await ship(`push image.ts ${host}/one:1 --cert-dir ${certDir} --json --debug`)]
    assert.equal(said[0]?.status, 0, said[0]?.stderr)
    said.push(await ship(`push image.ts ${host}/one:1 --debug`), wrong, denied)
    said.push(await ship(`tags ${host}/one --cert-dir ${certDir} --creds alice:wrong-secret --debug --json`))
    assert.equal(JSON.parse(said.at(-1)?.stdout ?? '').error.code, 'registry.denied')
    said.push(await ship(`tags ${host}/one --creds secret-without-colon`))
    assert.match(said.at(-1)?.stderr ?? '', /user:password/)
    const secrets = /secret|c2VjcmV0|YWxpY2U6|not the password/
    for (const { stdout, stderr } of said) assert.doesNotMatch(stdout + stderr, secrets)
    for (const name of globSync('.store/**', { cwd })) {
      const path = join(cwd, name)
      if (lstatSync(path).isFile()) assert.doesNotMatch(readFileSync(path, 'latin1'), secrets, name)
    }
    assert.equal(await printed(ship(`logout ${host}`)), `Logged out of ${host}`)
    assert.equal(await printed(ship(`logout ${host}`)), `There was no login to ${host}`)
    assert.match((await ship(`tags ${host}/one --cert-dir ${certDir}`)).stderr, /\[registry\.denied\]/)
    for (const [words, input] of [
      [`login ${host}`, ''],
      [`login ${host} --password-stdin`, 'x'],
      [`login ${host} --username a --password-stdin`, '\n'],
      ['login not/a/registry --username a --password-stdin', 'x'],
      [`login ${host} --username a:b --password-stdin`, 'x'],
    ] as const)
      assert.match((await ship(words, input)).stderr, /\[argument\.invalid\]/, words)
  })
})

test('cli: an untrusted certificate is refused; --tls-verify=false and certs.d accept it', {
  skip: noRegistry,
}, async () => {
  const { host, certDir } = await startRegistry({ tls: 'server' })
  await inProject(async (ship, cwd) => {
    const refused = await ship(`push image.ts ${host}/one:1`)
    assert.match(refused.stderr, /certs\.d\/127.*--tls-verify=false.*\[network\.certificate\]/)
    await printed(ship(`push image.ts ${host}/one:1 --tls-verify=false`))
    const folder = join(cwd, '.config/containers/certs.d', host)
    await run('mkdir', ['-p', folder])
    writeFileSync(join(folder, 'own.crt'), readFileSync(join(certDir, 'ca.crt')))
    await printed(ship(`tags ${host}/one`))
  })
})

test("cli: registries that docker's daemon.json calls insecure are used as docker does, and others are not", {
  skip: noRegistry,
}, async () => {
  const { host } = await startRegistry({ tls: 'server' })
  await inProject(async (ship, cwd) => {
    const file = join(cwd, '.config/docker/daemon.json')
    await run('mkdir', ['-p', dirname(file)])
    writeFileSync(file, JSON.stringify({ 'insecure-registries': ['other.example:5000'] }))
    assert.match((await ship(`push image.ts ${host}/one:1`)).stderr, /\[network\.certificate\]/)
    writeFileSync(file, JSON.stringify({ 'insecure-registries': [host] }))
    await printed(ship(`push image.ts ${host}/one:1`))
    writeFileSync(file, '{')
    assert.match((await ship(`tags ${host}/one`)).stderr, /daemon\.json cannot be used.*\[registry\.credentials\]/s)
  })
})
