/** The tree of an npm lock file in images: which packages, where, and with which links. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Package, Workshop } from '../../src/source/package.ts'
import { type ImageView, viewOf } from '../support/image-view.ts'
import { locked, pack, withNpm } from '../support/npm-project.ts'
import { built } from '../support/workshop.ts'

async function viewed(made: Package, shop: Workshop): Promise<ImageView> {
  return viewOf(shop.store.physical((await built(made, shop)).path))
}

const [a, b] = [
  pack({ name: 'a', dependencies: { b: '^1.0.0' } }, { 'index.js': 'a' }),
  pack({ name: 'b', bin: { b: 'cli.js' } }, { 'cli.js': '#!/usr/bin/env node\n' }),
]

test('npm tree: packages are real files where the lock file has them, with links to their commands', async () => {
  await withNpm(
    async ({ registry, lock, set, shop, write }) => {
      lock(
        { name: 'app', dependencies: { a: '^1.0.0' } },
        { 'node_modules/a': locked(a, registry), 'node_modules/b': locked(b, registry) },
      )
      write({ 'server.js': 'start()', '.npmrc': 'secret', '.env.local': 'secret' })
      const { app, dockerTools } = set()
      const image = dockerTools.buildLayeredImage({ name: 'app', contents: [app], compressor: 'none' })
      const { files } = await viewed(image, shop())
      const shown = [...files]
        .filter(([, what]) => !what.startsWith('directory'))
        .map(([path, what]) => [path, what.replace(/\{.*/s, '{')])
      assert.deepEqual(Object.fromEntries(shown), {
        'app/node_modules/.bin/b': 'symlink 777 0:0 ../b/cli.js',
        'app/node_modules/a/index.js': 'file 644 0:0 a',
        'app/node_modules/a/package.json': 'file 644 0:0 {',
        'app/node_modules/b/cli.js': 'file 755 0:0 #!/usr/bin/env node\n',
        'app/node_modules/b/package.json': 'file 644 0:0 {',
        'app/package-lock.json': 'file 644 0:0 {',
        'app/package.json': 'file 644 0:0 {',
        'app/server.js': 'file 644 0:0 start()',
      })
    },
    [a, b],
  )
})
