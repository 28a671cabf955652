import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lines } from '../../test/support/trees.ts'
import { built, inFolder, inTestWorkshop } from '../../test/support/workshop.ts'
import { digestOf } from '../base/digest.ts'
import { collectGarbage } from '../store/collect.ts'
import { openStore } from '../store/disk-store.ts'
import type { StorePath } from '../store/store-path.ts'
import { adjusted } from '../tree/transform.ts'
import { instantiate } from './instantiate.ts'
import type { Package, Workshop } from './package.ts'
import { copiedPackage, pathPackage } from './path.ts'

/** Long after any file of these tests was written. */
const later = { now: new Date(4_000_000_000_000) }

/** A directory of several slices. */
function sample(folder: string): string {
  const app = join(folder, 'app')
  for (let number = 0; number < 100; number++) {
    mkdirSync(join(app, `d${number}`), { recursive: true })
    writeFileSync(join(app, `d${number}`, 'data'), Buffer.alloc(60_000, `${number}`))
  }
  mkdirSync(join(app, 'empty'))
  writeFileSync(join(app, 'run'), '#!/bin/sh\n')
  chmodSync(join(app, 'run'), 0o700)
  symlinkSync('d1/data', join(app, 'link'))
  return app
}

function copied(file: string): Package {
  return copiedPackage(file, {}, { home: '/' })
}

async function pathOf(made: Package, shop: Workshop): Promise<StorePath> {
  return (await instantiate([made], shop)).of(made).path
}

function slicesOf(path: StorePath, { store }: Workshop): readonly StorePath[] {
  return store.info(path)?.references ?? []
}

test('copied directory: an object that lists its slices, which have what path() has', () =>
  inFolder((folder) =>
    inTestWorkshop(async (shop) => {
      const app = sample(folder)
      const { path, as } = await built(copied(app), shop)
      assert.equal(as, 'slices')
      assert.ok(slicesOf(path, shop).length > 3)
      const { path: plain } = await built(pathPackage(app), shop)
      const writable = adjusted(shop.store.tree(plain), ({ kind, metadata }) =>
        kind === 'directory' ? { ...metadata, mode: 0o755 } : metadata,
      )
      assert.deepEqual(lines(shop.store.laidOut(path, 'slices')), lines(writable))
    }),
  ))

test('copied directory: after a change all slices but one are the same objects', () =>
  inFolder((folder) =>
    inTestWorkshop(async (shop) => {
      const app = sample(folder)
      const before = await built(copied(app), shop)
      writeFileSync(join(app, 'd7', 'data'), 'other')
      const after = await built(copied(app), shop)
      assert.notEqual(after.path, before.path)
      const known = new Set(slicesOf(before.path, shop))
      const made = slicesOf(after.path, shop).filter((slice) => !known.has(slice))
      assert.ok(made.length === 1 || made.length === 2, `${made.length} new slices`)
    }, later),
  ))

test('copied directory: the path follows from content, not from time stamps, owners or what is remembered', () =>
  inFolder((folder) =>
    inTestWorkshop(async (shop) => {
      const app = sample(folder)
      const first = await pathOf(copied(app), shop)
      writeFileSync(join(app, 'run'), '#!/bin/sh\n')
      assert.equal(await pathOf(copied(app), shop), first)
      await inTestWorkshop(async (other) => assert.equal(await pathOf(copied(app), other), first))
      chmodSync(join(app, 'run'), 0o600)
      const plain = await pathOf(copied(app), shop)
      assert.notEqual(plain, first)
      rmSync(join(app, 'empty'), { recursive: true })
      assert.notEqual(await pathOf(copied(app), shop), plain)
    }, later),
  ))

test('copied directory: what is remembered saves reading, unless it is damaged or too young', () =>
  inFolder(async (folder) => {
    const made = copied(sample(folder))
    const found = async (now: Date, change: (remembered: string) => string): Promise<boolean> =>
      inTestWorkshop(
        async (shop) => {
          const facts = new Map<string, string>()
          const memory = {
            ...shop.store.memory,
            fact: (kind: string, key: string) => facts.get(`${kind} ${key}`),
            rememberFact: (kind: string, key: string, value: string) => facts.set(`${kind} ${key}`, change(value)),
          }
          const own = { ...shop, store: { ...shop.store, memory } }
          const first = await pathOf(made, own)
          return (await pathOf(made, own)) === first
        },
        { now },
      )
    const lie = (value: string): string => value.replaceAll(/"sha256:[0-9a-f]{64}"(?=[,}])/g, `"${digestOf('lie')}"`)
    // A wrong remembered digest goes unnoticed, since nothing is read.
    assert.equal(await found(later.now, lie), false)
    assert.equal(await found(new Date(1_700_000_000_000), lie), true)
    assert.equal(await found(later.now, (value) => value.slice(1)), true)
  }))

test('copied directory: files that change between reading and adding are refused', () =>
  inFolder((folder) =>
    inTestWorkshop(async (shop) => {
      const app = sample(folder)
      for (const content of [Buffer.alloc(60_000, 'x'), 'short']) {
        const made = copied(app)
        const recipe = (await instantiate([made], shop)).of(made)
        writeFileSync(join(app, 'd7', 'data'), content)
        await assert.rejects(recipe.realise(shop), { code: 'content.changed' })
        assert.equal(shop.store.info(recipe.path), undefined)
      }
    }, later),
  ))

test('copied directory: a secret is refused, also in a file that was remembered as something else', () =>
  inFolder((folder) =>
    inTestWorkshop(async (shop) => {
      const app = sample(folder)
      await built(copied(app), shop)
      writeFileSync(join(app, 'run'), '-----BEGIN PRIVATE KEY-----\n', { mode: 0o600 })
      chmodSync(join(app, 'run'), 0o600)
      await built(copiedPackage(app, { secrets: 'allow' }, { home: '/' }), shop)
      await assert.rejects(built(copied(app), shop), { code: 'secret.found' })
    }, later),
  ))

test('copied directory: gc removes the slices that no kept directory has, and the next build makes them again', () =>
  inFolder(async (folder) => {
    const app = sample(folder)
    const root = join(folder, 'store')
    const link = join(folder, 'result')
    const build = async (): Promise<{ readonly path: StorePath; readonly slices: readonly StorePath[] }> => {
      await using store = await openStore(root)
      return await inTestWorkshop(async (shop) => {
        const own = { ...shop, ...later, store }
        const { path } = await built(copied(app), own)
        await store.keep(link, path)
        return { path, slices: slicesOf(path, own) }
      })
    }
    const before = await build()
    writeFileSync(join(app, 'd7', 'data'), 'other')
    const after = await build()
    const gone = before.slices.filter((slice) => !after.slices.includes(slice))
    const { objects } = await collectGarbage(root, { now: 0 })
    assert.deepEqual(objects, [before.path, ...gone].sort())
    rmSync(link)
    await collectGarbage(root, { now: 0 })
    assert.deepEqual(readdirSync(join(root, 'nix/store')), [])
    assert.deepEqual(await build(), after)
  }))
