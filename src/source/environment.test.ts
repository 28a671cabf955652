import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treePackage } from '../../test/support/tree-packages.ts'
import { built, inTestWorkshop } from '../../test/support/workshop.ts'
import type { StoreReader } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { directory, file, memoryTree, symlink } from '../tree/memory.ts'
import { show } from '../tree/path.ts'
import { buildEnv, symlinkJoin } from './environment.ts'
import { writeScriptBin, writeText, writeTextDir } from './text.ts'

const hello = writeScriptBin('hello', 'echo hello')
const motd = writeTextDir('etc/motd', 'hi\n')

/** Path → link target or kind. */
function outline(store: StoreReader, path: StorePath): Readonly<Record<string, string>> {
  const entries = [...store.tree(path).entries()]
  return Object.fromEntries(
    entries.map((entry) => [show(entry.path), entry.kind === 'symlink' ? entry.target : entry.kind]),
  )
}

test('buildEnv: directories are real, files are links, references are found', () =>
  inTestWorkshop(async (shop) => {
    const env = await built(buildEnv({ name: 'env', paths: [hello, motd] }), shop)
    const [h, m] = [await built(hello, shop), await built(motd, shop)]
    assert.deepEqual(outline(shop.store, env.path), {
      '': 'directory',
      bin: 'directory',
      'bin/hello': `${logical(h.path)}/bin/hello`,
      etc: 'directory',
      'etc/motd': `${logical(m.path)}/etc/motd`,
    })
    assert.deepEqual(shop.store.info(env.path)?.references, [h.path, m.path].sort())
  }))

test('buildEnv: pathsToLink narrows what is linked, extraPrefix moves it', () =>
  inTestWorkshop(async (shop) => {
    const env = await built(
      buildEnv({ name: 'env', paths: [hello, motd], pathsToLink: ['/bin'], extraPrefix: '/app' }),
      shop,
    )
    assert.deepEqual(Object.keys(outline(shop.store, env.path)), ['', 'app', 'app/bin', 'app/bin/hello'])
  }))

test('buildEnv: two packages with one path are an error naming both', () =>
  inTestWorkshop(async (shop) => {
    const other = writeScriptBin('hello', 'echo other')
    await assert.rejects(built(buildEnv({ name: 'env', paths: [hello, other] }), shop), (thrown: Error) => {
      assert.match(thrown.message, /hello and hello both provide \/bin\/hello\..*priority.*ignoreCollisions/s)
      return true
    })
  }))

test('buildEnv: a lower priority number wins, else ignoreCollisions lets the earlier one win', () =>
  inTestWorkshop(async (shop) => {
    const other = writeScriptBin('hello', 'echo other')
    const [first, second] = [await built(hello, shop), await built(other, shop)]
    const prioritised = await built(buildEnv({ name: 'env', paths: [hello, { package: other, priority: 1 }] }), shop)
    assert.equal(outline(shop.store, prioritised.path)['bin/hello'], `${logical(second.path)}/bin/hello`)
    const ignoring = await built(buildEnv({ name: 'env', paths: [hello, other], ignoreCollisions: true }), shop)
    assert.equal(outline(shop.store, ignoring.path)['bin/hello'], `${logical(first.path)}/bin/hello`)
    const joined = await built(symlinkJoin({ name: 'env', paths: [other, hello] }), shop)
    assert.equal(outline(shop.store, joined.path)['bin/hello'], `${logical(second.path)}/bin/hello`)
  }))

test("buildEnv: one package's sbin -> bin does not hide what others have in sbin", () =>
  inTestWorkshop(async (shop) => {
    const linked = treePackage('linked', memoryTree({ '': directory(), 'bin/a': file('a'), sbin: symlink('bin') }))
    const sbin = writeTextDir('sbin/b', 'b')
    for (const paths of [
      [linked, sbin],
      [sbin, linked],
    ]) {
      const env = await built(buildEnv({ name: 'env', paths }), shop)
      assert.deepEqual(Object.keys(outline(shop.store, env.path)), ['', 'bin', 'bin/a', 'sbin', 'sbin/a', 'sbin/b'])
    }
  }))

test('buildEnv: a single file cannot be joined, and the message says what to do', () =>
  inTestWorkshop(async (shop) => {
    const env = buildEnv({ name: 'env', paths: [writeText('note', 'x')] })
    await assert.rejects(built(env, shop), { code: 'environment.not-a-directory' })
  }))

test('buildEnv: wrong arguments are named at the call', () => {
  assert.throws(() => buildEnv({ name: 'env', paths: [undefined] }), /paths\[0\] is missing/)
  const misspelt: object = { name: 'env', paths: [], pathToLink: ['/bin'] }
  assert.throws(
    () => Reflect.apply(buildEnv, undefined, [misspelt]),
    /unknown argument "pathToLink"\. Did you mean "pathsToLink"\?/,
  )
})
