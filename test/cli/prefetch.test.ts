/** `slipway prefetch` and `nix-prefetch-docker`: flags, positional forms, and what is printed; its pins are taken by `pullImage`. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatSri } from '../../src/base/digest.ts'
import { build, debian } from '../../src/index.ts'
import { missing, run } from '../support/command.ts'
import { type FakeRegistry, fakeRegistry } from '../support/fake-registry.ts'
import { stockImage, stockIndex } from '../support/registry-images.ts'
import { slipway } from '../support/slipway.ts'
import { inFolder } from '../support/workshop.ts'

async function stocked(): Promise<{ registry: FakeRegistry; index: string; name: string }> {
  const registry = await fakeRegistry()
  const images = ['amd64', 'arm64'].map((architecture) =>
    stockImage(registry, { repository: 'team/x', texts: [architecture], platform: { os: 'linux', architecture } }),
  )
  const index = stockIndex(registry, images, { repository: 'team/x', tag: '1' })
  registry.manifests.set(
    'team/x:latest',
    registry.manifests.get('team/x:1') ?? { mediaType: '', bytes: Buffer.alloc(0) },
  )
  return { registry, index, name: `${registry.host}/team/x` }
}

test('prefetch: words and flags in every combination, and what is on stderr', async () => {
  const { index, name } = await stocked()
  await inFolder(async (cwd) => {
    const pin = async (words: string) => {
      const { status, stdout, stderr } = await slipway(['prefetch', ...words.split(' '), '--json'], { cwd })
      assert.equal(status, 0, stderr)
      return { ...JSON.parse(stdout), stderr }
    }
    const { hash, stderr, ...first } = await pin(`--image-name ${name} --image-tag 1 --os linux --arch x86_64`)
    assert.deepEqual(first, {
      ...{ imageName: name, imageDigest: index, finalImageName: name, finalImageTag: '1' },
      ...{ os: 'linux', arch: 'x86_64' },
    })
    const lines = { ImageName: name, ImageDigest: index, FinalImageName: name, FinalImageTag: '1', ImageHash: hash }
    const said = Object.entries(lines).map(([key, value]) => `-> ${key}: ${value}\n`)
    // Progress comes first.
    assert.ok(stderr.endsWith(said.join('')), stderr)
    const same = [
      `${name} 1`,
      `--image-name ${name} 1`,
      `${name}:1`,
      `${name} --image-tag 1`,
      `${name} ${index} --final-image-tag 1`,
    ]
    for (const words of same) {
      const found = await pin(`${words} --arch amd64 --quiet`)
      assert.deepEqual(
        [found.imageDigest, found.hash, found.finalImageTag, found.stderr],
        [index, hash, '1', ''],
        words,
      )
    }
    assert.notEqual((await pin(`${name} 1 --arch aarch64`)).hash, hash)
    assert.notEqual((await pin(`${name} 1 --arch amd64 --final-image-name y`)).hash, hash)
    assert.equal((await pin(name)).finalImageTag, 'latest')
    assert.equal((await pin(`--image-name ${name} --image-digest ${index}`)).finalImageTag, 'latest')
    for (const words of ['', `--image-name ${name} 1 2`, 'UPPER'])
      assert.match(
        (await slipway(['prefetch', ...words.split(' ').filter(Boolean)], { cwd })).stderr,
        /\[argument\.invalid\]/,
      )
    assert.equal((await slipway(['prefetch', name, '1', '2'], { cwd })).status, 2)
  })
})

test('prefetch: a Nix attribute set by default, also as nix-prefetch-docker; a call in TypeScript; both are taken as they are', {
  skip: missing('skopeo'),
}, async () => {
  const { index, name, registry } = await stocked()
  await inFolder(async (folder) => {
    const env = { SLIPWAY_STORE: join(folder, 'store') }
    const nix = await run(
      process.execPath,
      [join(import.meta.dirname, '../../bin/nix-prefetch-docker.js'), name, '1', '--quiet', '--arch', 'amd64'],
      { env },
    )
    const skopeo = ['--insecure-policy', '--override-arch', 'amd64', 'copy', '-q', '--src-tls-verify=false']
    await run('skopeo', [...skopeo, `docker://${name}@${index}`, `docker-archive:${folder}/a.tar:${name}:1`])
    const sum = await run('sha256sum', [join(folder, 'a.tar')])
    const hash = formatSri(`sha256:${sum.slice(0, 64)}`)
    assert.equal(
      nix,
      `{\n  imageName = "${name}";\n  imageDigest = "${index}";\n  hash = "${hash}";\n  finalImageName = "${name}";\n  finalImageTag = "1";\n  arch = "amd64";\n}\n`,
    )
    const { stdout } = await slipway(['prefetch', name, '1', '--typescript', '--arch', 'amd64'], { cwd: folder, env })
    assert.match(stdout, /^dockerTools\.pullImage\(\{\n {2}imageName: "/)
    const { dockerTools } = debian({ suite: 'bookworm', directory: folder })
    const made: unknown = new Function('dockerTools', `return ${stdout}`)(dockerTools)
    const asked = registry.asked.length
    const pulled = dockerTools.pullImage({
      imageName: name,
      imageDigest: index,
      hash,
      finalImageTag: '1',
      arch: 'amd64',
    })
    assert.equal(String(made), String(pulled))
    const { physical } = await build(pulled, { store: join(folder, 'store') })
    assert.deepEqual(readFileSync(physical), readFileSync(join(folder, 'a.tar')))
    // The layers are there already: manifest and config are all that is asked for.
    assert.ok(registry.asked.slice(asked).filter((line) => line.includes('/blobs/')).length <= 1)
  })
})

test('prefetch: its help names every flag', () => {
  const { stdout } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../../bin/nix-prefetch-docker.js'), '--help'],
    { encoding: 'utf8' },
  )
  for (const flag of [
    'image-name',
    'image-tag',
    'image-digest',
    'final-image-name',
    'final-image-tag',
    'os',
    'arch',
    'json',
    'quiet',
  ])
    assert.ok(stdout.includes(`--${flag}`), flag)
})
