/** Forms of images for people who look into containers, running in Docker: `image.debug`, and `essential: "tools"`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, debian, type Package } from '../../src/index.ts'
import { noDocker } from '../support/dockerd.ts'
import { viewOf } from '../support/image-view.ts'
import { programImage, programs } from '../support/programs.ts'

const { folder, store, docker, inside, load } = programs()
const set = debian({ suite: 'bookworm', directory: folder, exclude: ['doc', 'man', 'locale'] })
const { pkgs, dockerTools } = set
const skip = noDocker

async function diffIdsOf(image: Package): Promise<readonly string[]> {
  return (await viewOf((await build(image, { store })).physical)).diffIds
}

async function layersIn(name: string): Promise<readonly string[]> {
  const layers: unknown = JSON.parse(await docker(['image', 'inspect', '--format', '{{json .RootFS.Layers}}', name]))
  assert.ok(Array.isArray(layers))
  return layers.map(String)
}

const config = { Entrypoint: ['tini', '--'], User: '1000:1000' }

test('image.debug: the layers below are the image’s own bytes, and a shell and strace work', { skip }, async () => {
  const image = programImage(set, 'small', { contents: [pkgs.tini], config })
  await load(image)
  await load(image.debug)
  const [lower, all] = [await layersIn('small:latest'), await layersIn('small:latest-debug')]
  assert.ok(all.length > lower.length)
  assert.deepEqual(all.slice(0, lower.length), lower)
  assert.deepEqual((await diffIdsOf(image.debug)).slice(0, lower.length), await diffIdsOf(image))
  const bash = (script: string) =>
    inside('small:latest-debug', ['-c', script], ['--network', 'none', '--user', '0', '--entrypoint', '/bin/bash'])
  assert.equal(await bash('find /usr/bin -name tini | grep -c . && ps -o comm= -p 1 | sed s/^/1:/'), '1\n1:bash\n')
  const traced = await bash('strace -f -e trace=execve -o /tmp/trace tini -- true && cat /tmp/trace')
  assert.match(traced, /execve\("\/usr\/bin\/tini"/)
  assert.match(traced, /exited with 0/)
  await assert.rejects(inside('small:latest', ['sh', '-c', 'strace true']), /ended with/)
})

test('image.debug: an image of buildImage has one, on its own layer', { skip }, async () => {
  const image = dockerTools.buildImage({ name: 'plain', tag: '1', copyToRoot: [pkgs.tini], config, compressor: 'none' })
  const [layer, ...above] = await diffIdsOf(image.debug)
  assert.deepEqual([layer], await diffIdsOf(image))
  assert.ok(above.length > 0)
  await load(image.debug)
  const shell = ['--network', 'none', '--entrypoint', '/bin/bash']
  assert.equal(
    await inside('plain:1-debug', ['-c', 'id -u; tini --version >/dev/null && echo runs'], shell),
    '1000\nruns\n',
  )
})

const session = `
set -e
printf 'b=2\\na=1\\n' > /tmp/x
sort /tmp/x | grep -v b | sed 's/=/ is /'
find / -xdev -path '*/bin/env' | head -n 1
env -i A=1 sh -c 'echo "$A"'
ls /tmp | wc -l
basename "$(readlink -f /bin/sh)"
printf '1 2' | xargs -n 1 echo | cut -c 1 | tr '\\n' ' '
`

test('essential "tools": grep, sed, find, env and coreutils run in every image', { skip }, async () => {
  const tools = debian({ suite: 'bookworm', directory: folder, exclude: ['doc', 'man', 'locale'], essential: 'tools' })
  const image = programImage(tools, 'tools', { contents: [tools.pkgs.tini] })
  await load(image)
  assert.equal(await inside('tools', ['sh', '-c', session]), 'a is 1\n/usr/bin/env\n1\n1\ndash\n1 2 ')
})
