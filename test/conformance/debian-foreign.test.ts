/**
 * An image for arm64, built on any machine without running anything: Docker recognises its architecture, and an emulator runs its programs,
 * whose own loader reads the cache of libraries that slipway wrote.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, debian } from '../../src/index.ts'
import { missing, run } from '../support/command.ts'
import { noDocker } from '../support/dockerd.ts'
import { programImage, programs } from '../support/programs.ts'

const { docker, folder, load, store } = programs()
const set = debian({ suite: 'bookworm', architecture: 'arm64', directory: folder, omit: 'script-helpers' })
const { dockerTools, pkgs } = set
const image = programImage(set, 'foreign', { contents: [pkgs['redis-server'], pkgs.curl, pkgs['ca-certificates']] })

test('arm64: docker recognises the architecture of the image', { skip: noDocker }, async () => {
  await load(image)
  assert.equal(await docker(['inspect', '--format', '{{.Os}}/{{.Architecture}}', 'foreign']), 'linux/arm64\n')
})

test('arm64: programs start in an emulator and find their libraries in the cache', {
  skip: missing('qemu-aarch64-static', 'tar'),
}, async () => {
  const { physical } = await build(dockerTools.exportImage({ fromImage: image }), { store })
  const root = join(folder, 'root')
  mkdirSync(root)
  await run('tar', ['--no-same-owner', '-xf', physical, '-C', root])
  const emulated = (program: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run('qemu-aarch64-static', ['-L', root, join(root, program), ...words], { env })

  assert.match(await emulated('usr/bin/redis-server', ['--version']), /^Redis server v=7\./)
  assert.match(await emulated('usr/bin/curl', ['--version']), /^curl \d\S+ \(aarch64-unknown-linux-gnu\)[\s\S]*HTTP2/)
  assert.match(readFileSync(join(root, 'var/lib/dpkg/status.d/libc6'), 'utf8'), /^Architecture: arm64$/m)

  // The loader's output goes to a file, since it would be lost among the emulator's.
  const said = join(folder, 'loader')
  await emulated('usr/bin/curl', ['--version'], { LD_DEBUG: 'libs', LD_DEBUG_OUTPUT: said })
  const [file = ''] = (await run('sh', ['-c', 'ls "$0".*', said])).split('\n')
  const steps = readFileSync(file, 'utf8')
  assert.match(
    steps,
    /search cache=\/etc\/ld\.so\.cache\n.*trying file=\/(usr\/)?lib\/aarch64-linux-gnu\/libcurl\.so\.4/,
  )
  assert.doesNotMatch(steps, /system search path/)

  const cache = readFileSync(join(root, 'etc/ld.so.cache'))
  const flags = Array.from({ length: cache.readUInt32LE(20) }, (_, index) => cache.readInt32LE(48 + 24 * index))
  // glibc, sysdeps/generic/ldconfig.h: FLAG_AARCH64_LIB64 | FLAG_ELF_LIBC6.
  assert.deepEqual([flags.length > 50, new Set(flags)], [true, new Set([0x0a03])])
})
