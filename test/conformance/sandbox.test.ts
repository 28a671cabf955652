/** Runs the contract for every sandbox of this machine: every kind of namespaces, and fakeroot. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { unwatched } from '../../src/base/event.ts'
import { fakerootSandbox } from '../../src/sandbox/fakeroot.ts'
import { namespaceSandbox } from '../../src/sandbox/namespace.ts'
import { tryWay, waysHere } from '../../src/sandbox/probe.ts'
import { emptyTree } from '../../src/tree/tree.ts'
import { sandboxContract } from '../contract/sandbox.contract.ts'
import { missing } from '../support/command.ts'
import { noDebs } from '../support/debs.ts'
import { alsoAsOrdinaryUser } from '../support/ordinary-user.ts'
import { jobOf, type SandboxTest, sandboxFolder, sandboxTest } from '../support/sandbox.ts'

const folder = sandboxFolder()
let made: Promise<SandboxTest> | undefined
const ready = (): Promise<SandboxTest> => (made ??= sandboxTest(folder))
const skip = noDebs || missing('bwrap', 'unshare')

for (const way of waysHere()) {
  sandboxContract(
    {
      name: `namespace, ${way.ids}, changes in ${way.space}`,
      skip,
      sandbox: ({ place }) => ({ ...namespaceSandbox(place, way), probe: () => tryWay(place.folder, way) }),
      devices: way.ids !== 'ranges',
    },
    ready,
  )
}
sandboxContract({ name: 'fakeroot', skip, sandbox: ({ place }) => fakerootSandbox(place), devices: true }, ready)

test('sandboxes work in directories of any name, also through a link', { skip }, async () => {
  const { place } = await ready()
  const odd = join(folder, 'a b,c=d"f\'\\é\n')
  mkdirSync(odd)
  symlinkSync(odd, join(folder, 'link'))
  for (const at of [odd, join(folder, 'link')]) {
    const own = { folder: join(at, 'sandbox'), tools: place.tools }
    mkdirSync(own.folder, { recursive: true })
    const ways = await Promise.all(
      waysHere().map(async (way) =>
        (await tryWay(own.folder, way)) === undefined ? [namespaceSandbox(own, way)] : [],
      ),
    )
    for (const sandbox of [fakerootSandbox(own), ...ways.flat()]) {
      const job = jobOf({ key: 'empty', tree: emptyTree }, ['mkdir /made && chown 5:6 /made'])
      await using outcome = await sandbox.run(job, unwatched)
      assert.deepEqual(
        [...outcome.layer.entries()].map((entry) => entry.path),
        ['made'],
      )
    }
  }
})
test('fakeroot refuses a directory that the loader would divide, and namespaces do not', { skip }, async () => {
  const { place } = await ready()
  const own = { folder: join(folder, 'a:b;c', 'sandbox'), tools: place.tools }
  mkdirSync(own.folder, { recursive: true })
  const job = jobOf({ key: 'empty', tree: emptyTree }, ['mkdir /made'])
  await assert.rejects(fakerootSandbox(own).run(job, unwatched), { code: 'sandbox.unavailable' })
  for (const way of waysHere()) {
    if ((await tryWay(own.folder, way)) !== undefined) continue
    await using outcome = await namespaceSandbox(own, way).run(job, unwatched)
    assert.equal([...outcome.layer.entries()].length, 1)
  }
})

alsoAsOrdinaryUser(import.meta.filename)
