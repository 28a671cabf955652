/** Conflicting packages: allowed in separate images with one lock, never together in one. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, debian, type LayeredImage } from '../../src/index.ts'
import { type FakePackage, serveArchive } from '../support/debian-archive.ts'
import { minimalRoot } from '../support/debian-packages.ts'
import { refused } from '../support/refused.ts'
import { inFolder } from '../support/workshop.ts'

const mail: readonly FakePackage[] = [
  { name: 'shop', fields: { Depends: 'exim' } },
  { name: 'news', fields: { Depends: 'postfix' } },
  { name: 'exim', fields: { Provides: 'mta', Conflicts: 'mta' } },
  { name: 'postfix', fields: { Provides: 'mta', Conflicts: 'mta' } },
  { name: 'old', version: '1' },
  { name: 'new', fields: { Breaks: 'old (<< 2)' } },
]

/** Runs with a function that describes an image of packages, and one that builds images, all in one project. */
async function inProject(
  work: (
    image: (names: readonly string[], base?: LayeredImage) => LayeredImage,
    make: (made: LayeredImage, beside?: readonly LayeredImage[]) => Promise<unknown>,
  ) => Promise<void>,
): Promise<void> {
  await using archive = await serveArchive()
  await archive.publish([...mail, ...minimalRoot])
  await inFolder(async (folder) => {
    const home = join(folder, 'home')
    mkdirSync(home)
    writeFileSync(join(home, 'archive.asc'), archive.keyring)
    const { mirrors } = archive
    const set = { suite: 'bookworm', architecture: 'amd64', mirrors, keyring: 'archive.asc', directory: home } as const
    const { pkgs, dockerTools } = debian(set)
    const image = (names: readonly string[], base?: LayeredImage): LayeredImage =>
      dockerTools.buildLayeredImage({
        name: names.join('-'),
        contents: names.map((name) => pkgs(name)),
        compressor: 'none',
        fromImage: base ?? null,
      })
    await work(image, (made, beside = []) => build(made, { store: join(folder, 'store'), beside }))
  })
}

test('conflicts: two images of one project may contain conflicting packages', async () => {
  await inProject(async (image, make) => {
    const [shop, news] = [image(['shop']), image(['news'])]
    await make(shop, [shop, news])
    await make(news, [shop, news])
  })
})

test('conflicts: one image may not; the error names both packages and what brought them', async () => {
  await inProject(async (image, make) => {
    const { message } = await refused('debian.conflict', make(image(['shop', 'news'])))
    assert.match(
      message,
      /^In shop-news, exim \(brought by shop-1\.0\) conflicts with mta, which is postfix \(brought by news-1\.0\)\./,
    )
    const broken = await refused('debian.conflict', make(image(['new', 'old'])))
    assert.match(broken.message, /^In new-old, new breaks old \(<< 2\), which is old\./)
  })
})

test('conflicts: a package must not conflict with one of the base', async () => {
  await inProject(async (image, make) => {
    const { message } = await refused('debian.conflict', make(image(['news'], image(['shop']))))
    assert.match(message, /exim \(brought by the base image\)/)
    assert.match(message, /postfix \(brought by news-1\.0\)/)
  })
})
