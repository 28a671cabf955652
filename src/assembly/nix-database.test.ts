import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missing, run } from '../../test/support/command.ts'
import { testNix } from '../../test/support/nix.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { inTestWorkshop } from '../../test/support/workshop.ts'
import { debian } from '../index.ts'
import { instantiate } from '../source/instantiate.ts'
import { realise } from '../source/realise.ts'

test('Nix database: real Nix finds the store of an unpacked image sound, and its roots', {
  skip: missing('nix-store', 'tar'),
}, async () => {
  const folder = temporaryFolder()
  const nix = testNix()
  const { dockerTools, writeText, writeTextDir } = debian({
    suite: 'bookworm',
    architecture: 'amd64',
    directory: folder,
  })
  const text = writeText('text', 'hello\n')
  const motd = writeTextDir('etc/motd', `see ${text}\n`)
  const given = { name: 'image', includeNixDB: true, compressor: 'none' } as const
  const images = [
    dockerTools.buildLayeredImage({ ...given, contents: motd }),
    dockerTools.buildImage({ ...given, copyToRoot: motd, config: { Labels: { motd: `${motd}` } } }),
  ]
  await inTestWorkshop(async ({ store, ...shop }) => {
    const instantiated = await instantiate([...images, motd, text], { store, ...shop })
    const paths = [text, motd].map((each) => `/nix/store/${instantiated.of(each).path}`)
    for (const [index, image] of images.entries()) {
      const recipe = instantiated.of(image)
      await realise([recipe], { store, ...shop })
      const root = join(folder, String(index))
      mkdirSync(root)
      const layers = `tar -xf "${store.physical(recipe.path)}" --wildcards --to-stdout "*/layer.tar"`
      await run('sh', ['-c', `${layers} | tar -xPi --transform 'flags=rh;s,^/*,${root.slice(1)}/,' -C /`])
      await nix.store(root, '--verify', '--check-contents')
      assert.deepEqual(await nix.store(root, '--query', '--requisites', paths[1] ?? ''), paths)
      assert.deepEqual(await nix.store(root, '--gc', '--print-dead'), [''])
    }
  })
})
