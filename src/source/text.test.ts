import assert from 'node:assert/strict'
import { test } from 'node:test'
import { built, inTestWorkshop } from '../../test/support/workshop.ts'
import { show } from '../tree/path.ts'
import { writeScriptBin, writeShellScript, writeShellScriptBin, writeText, writeTextDir } from './text.ts'

test('text: a store name follows from any file name, and the file keeps its own', async () => {
  const shell = '/bin/sh'
  const long = `${'n'.repeat(250)}.conf`
  await inTestWorkshop(async (shop) => {
    for (const [made, name, path] of [
      [writeTextDir('etc/\u00fcn\u00ef', 'x'), '-n-', 'etc/\u00fcn\u00ef'],
      [writeTextDir('etc/.hidden', 'x'), '-.hidden', 'etc/.hidden'],
      [writeTextDir('/a b', 'x'), 'a-b', 'a b'],
      [writeTextDir(`etc/${long}`, 'x'), 'n'.repeat(160), `etc/${long}`],
      [writeTextDir('etc/./x/.', 'x'), 'x', 'etc/x'],
      [writeScriptBin('[', 'x'), '-', 'bin/['],
      [writeShellScriptBin(shell, 'g++ @2', 'x'), 'g++--2', 'bin/g++ @2'],
    ] as const) {
      assert.equal(made.name, name)
      const { path: object } = await built(made, shop)
      const last = [...shop.store.tree(object).entries()].at(-1)
      assert.equal(last === undefined ? '' : show(last.path), path)
    }
  })
})

test('text: a placeholder in the path of a file is replaced', async () => {
  await inTestWorkshop(async (shop) => {
    const motd = await built(writeText('motd', 'x'), shop)
    const link = await built(writeTextDir(`roots${writeText('motd', 'x')}/kept`, 'x'), shop)
    const paths = [...shop.store.tree(link.path).entries()].map(({ path }) => show(path))
    assert.ok(paths.includes(`roots/nix/store/${motd.path}/kept`), paths.join(' '))
  })
})

test('text: every mistake of a call is named at once', () => {
  const wrong = (made: (...given: never[]) => unknown, ...given: unknown[]) => Reflect.apply(made, undefined, given)
  assert.throws(() => wrong(writeText, 1, 2), /^BuildError: writeText has 2 mistakes.*name must.*text must/s)
  assert.throws(() => wrong(writeShellScript, '/bin/sh', 'x'), /writeShellScript: text is missing/)
  for (const name of ['', '.', '..', 'a/b', 'a\0'])
    assert.throws(() => writeScriptBin(name, 'x'), /writeScriptBin: name must be a file name/)
  for (const path of ['', '/', 'etc/', '.'])
    assert.throws(() => writeTextDir(path, 'x'), /path must be the path of a file/)
  assert.throws(() => writeTextDir('../x', 'y'), { code: 'path.invalid' })
  assert.throws(() => writeText('has space', 'x'), { code: 'argument.invalid' })
})
