/** Runs the contract for every sandbox of this machine: every kind of namespaces, and fakeroot. */
import { fakerootSandbox } from '../../src/sandbox/fakeroot.ts'
import { namespaceSandbox } from '../../src/sandbox/namespace.ts'
import { tryWay, waysHere } from '../../src/sandbox/probe.ts'
import { sandboxContract } from '../contract/sandbox.contract.ts'
import { missing } from '../support/command.ts'
import { noDebs } from '../support/debs.ts'
import { alsoAsOrdinaryUser } from '../support/ordinary-user.ts'
import { type SandboxTest, sandboxFolder, sandboxTest } from '../support/sandbox.ts'

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
alsoAsOrdinaryUser(import.meta.filename)
