import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { built, inFolder, inTestWorkshop } from '../../test/support/workshop.ts'
import { show } from '../tree/path.ts'
import { instantiate } from './instantiate.ts'
import { pathPackage } from './path.ts'
import { writeText } from './text.ts'

function sample(folder: string): string {
  const app = join(folder, 'app')
  mkdirSync(join(app, 'node_modules'), { recursive: true })
  writeFileSync(join(app, 'main.ts'), 'console.log(1)\n')
  writeFileSync(join(app, 'run'), '#!/bin/sh\n')
  chmodSync(join(app, 'run'), 0o700)
  writeFileSync(join(app, 'node_modules', 'x'), 'x')
  symlinkSync('main.ts', join(app, 'link'))
  return app
}

test('path: a folder is added with what its pattern list leaves', () =>
  inFolder((folder) =>
    inTestWorkshop(async (shop) => {
      const app = sample(folder)
      const { path } = await built(pathPackage(app, { ignore: ['node_modules'] }), shop)
      const entries = [...shop.store.tree(path).entries()].map((entry) => show(entry.path))
      assert.deepEqual(entries, ['', 'link', 'main.ts', 'run'])
    }),
  ))

test('path: ignore files are read anew when they change', () =>
  inFolder((folder) =>
    inTestWorkshop(async (shop) => {
      const app = sample(folder)
      const names = async (): Promise<string[]> => {
        const { path } = await built(pathPackage(app, { ignoreFiles: ['.gitignore', '.dockerignore'] }), shop)
        return [...shop.store.tree(path).entries()].map((entry) => show(entry.path))
      }
      writeFileSync(join(app, '.gitignore'), 'node_modules\nlink\n')
      assert.deepEqual(await names(), ['', '.gitignore', 'main.ts', 'run'])
      writeFileSync(join(app, '.gitignore'), 'node_modules\n')
      writeFileSync(join(app, '.dockerignore'), '.*ignore\nmain.ts\n')
      assert.deepEqual(await names(), ['', 'link', 'run'])
    }),
  ))

test('path: an ignore file is a name', () => {
  for (const name of ['', '..', 'a/b', '/x'])
    assert.throws(() => pathPackage('/x', { ignoreFiles: [name] }), { code: 'argument.invalid' })
})

test('path: the store path follows from content, not from time stamps or owners', () =>
  inFolder((folder) =>
    inTestWorkshop(async (shop) => {
      const app = sample(folder)
      const first = (await instantiate([pathPackage(app)], shop)).of(pathPackage(app)).path
      writeFileSync(join(app, 'main.ts'), 'console.log(1)\n')
      assert.equal((await instantiate([pathPackage(app)], shop)).of(pathPackage(app)).path, first)
      writeFileSync(join(app, 'main.ts'), 'console.log(2)\n')
      assert.notEqual((await instantiate([pathPackage(app)], shop)).of(pathPackage(app)).path, first)
    }),
  ))

test('path: a folder that is not there is named', () =>
  inTestWorkshop(async (shop) => {
    await assert.rejects(built(pathPackage('/nonexistent/app'), shop), {
      code: 'disk.unreadable',
      message: /\/nonexistent\/app/,
    })
  }))

test('path: a placeholder is no host path', () => {
  assert.throws(() => pathPackage(`${writeText('a', 'b')}/x`), { code: 'placeholder.misplaced' })
})

test('path: a folder that changes between hashing and adding is refused', () =>
  inFolder((folder) =>
    inTestWorkshop(async (shop) => {
      const app = pathPackage(sample(folder))
      const recipe = (await instantiate([app], shop)).of(app)
      writeFileSync(join(folder, 'app', 'main.ts'), 'console.log(2)\n')
      await assert.rejects(recipe.realise(shop), { code: 'content.changed' })
      assert.equal(shop.store.info(recipe.path), undefined)
    }),
  ))
