/** An image built on another depends on its contents, not on the compression of its archive. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { debian } from '../../src/index.ts'
import { instantiate } from '../../src/source/instantiate.ts'
import type { Package } from '../../src/source/package.ts'
import type { StorePath } from '../../src/store/store-path.ts'
import { viewOf } from '../support/image-view.ts'
import { built, inTestWorkshop } from '../support/workshop.ts'

const { dockerTools, writeTextDir } = debian({ suite: 'bookworm', architecture: 'amd64' })
const contents = [writeTextDir('etc/base', 'base\n')]
const compressors = ['none', 'gz', { name: 'gz', level: 1 }, 'zstd'] as const
type Base = (compressor: (typeof compressors)[number]) => Package

const bases: Readonly<Record<string, Base>> = {
  'a layered image': (compressor) => dockerTools.buildLayeredImage({ name: 'base', contents, compressor }),
  'an image in one layer': (compressor) => dockerTools.buildImage({ name: 'base', copyToRoot: contents, compressor }),
  'merged images': (compressor) =>
    dockerTools.mergeImages([dockerTools.buildImage({ name: 'base', tag: '1', copyToRoot: contents })], { compressor }),
}

for (const [name, base] of Object.entries(bases))
  test(`packing: an image on ${name} is the same for every compressor of the base`, async () => {
    await inTestWorkshop(async (shop) => {
      const paths = new Set<StorePath>()
      for (const compressor of compressors) {
        const fromImage = base(compressor)
        const on = dockerTools.buildLayeredImage({ name: 'on', fromImage, contents: [writeTextDir('etc/on', 'on\n')] })
        paths.add((await instantiate([on], shop)).of(on).path)
      }
      assert.equal(paths.size, 1)
    })
  })

test('packing: images on a base with different compressors, each in a separate store, are the same image', async () => {
  const ids = new Set<string>()
  for (const compressor of compressors) {
    await inTestWorkshop(async (shop) => {
      const fromImage = dockerTools.buildLayeredImage({ name: 'base', contents, compressor })
      const on = dockerTools.buildImage({ name: 'on', fromImage, copyToRoot: writeTextDir('etc/on', 'on\n') })
      const { names, diffIds } = await viewOf(shop.store.physical((await built(on, shop)).path))
      ids.add([...names, ...diffIds].join(' '))
    })
  }
  assert.equal(ids.size, 1)
})
