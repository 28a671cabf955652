/** The sandboxes of this machine, each held to the one contract. */
import { fakerootSandbox } from '../../src/sandbox/fakeroot.ts'
import { namespaceSandbox } from '../../src/sandbox/namespace.ts'
import { sandboxContract } from '../contract/sandbox.contract.ts'
import { missing } from '../support/command.ts'
import { noDebs } from '../support/debs.ts'
import { type SandboxTest, sandboxTest } from '../support/sandbox.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
let made: Promise<SandboxTest> | undefined
const ready = (): Promise<SandboxTest> => (made ??= sandboxTest(folder))
const skip = noDebs || missing('bwrap', 'unshare')
const isRoot = process.getuid?.() === 0

sandboxContract({ name: 'namespace', skip, sandbox: ({ place }) => namespaceSandbox(place), devices: isRoot }, ready)
if (isRoot) {
  for (const way of [
    { ids: 'root', space: 'disk' },
    { ids: 'single', space: 'disk' },
  ] as const) {
    const name = `namespace, ${way.ids}, changes on ${way.space}`
    sandboxContract({ name, skip, sandbox: ({ place }) => namespaceSandbox(place, way), devices: true }, ready)
  }
}

sandboxContract({ name: 'fakeroot', skip, sandbox: ({ place }) => fakerootSandbox(place), devices: true }, ready)
