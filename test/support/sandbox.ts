/** A Debian root and the tools, from real packages of the machine's archive, for tests of sandboxes. */
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { toolPackages } from '../../src/debian/tools/package.ts'
import { toolsTree } from '../../src/debian/tools/tree.ts'
import { type Job, type Place, type Script, toolsPath } from '../../src/sandbox/sandbox.ts'
import { removeFolder } from '../../src/sandbox/scratch.ts'
import { restoreTree } from '../../src/tree/restore.ts'
import { emptyTree, type Tree } from '../../src/tree/tree.ts'
import { downloadDebs, imageOf, readPackages, rootInput } from './debs.ts'

/** Packages that the tools need, and those of a small root. */
const required = `debianutils login libcap2-bin base-files base-passwd libc-bin libc6 libgcc-s1 libfakeroot libfakechroot libacl1 libattr1
  libaudit1 libaudit-common libbz2-1.0 libcap-ng0 libcap2 libcrypt1 libdb5.3 libgmp10 libmd0 libmpfr6 libpam0g libpam-modules libpcre2-8-0
  libreadline8 libselinux1 libsemanage2 libsemanage-common libsepol2 libsigsegv2 libtinfo6 zlib1g dash perl-base`
const packages = [...toolPackages, ...required.split(/\s+/)]

/** A world-readable directory, removed after the tests with files of subordinate ids. */
export function sandboxFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-'))
  chmodSync(folder, 0o755)
  after(async () => {
    await removeFolder(folder, process.getuid?.() === 0 ? 'root' : 'ranges')
  })
  return folder
}

/** Context of sandbox tests. */
export interface SandboxTest {
  readonly place: Place
  /** A Debian root. */
  readonly debian: Tree
}

/** @param folder - the test's own */
export async function sandboxTest(folder: string): Promise<SandboxTest> {
  const unpacked = join(folder, 'packages')
  mkdirSync(unpacked, { recursive: true })
  const read = await readPackages(unpacked, await downloadDebs(folder, packages))
  const [bash] = read.filter(({ name }) => name === 'bash')
  const architecture = bash?.architecture ?? ''
  const sandbox = join(folder, 'sandbox')
  mkdirSync(sandbox)
  const tools = join(folder, 'tools')
  restoreTree(toolsTree({ packages: read, architecture, at: toolsPath }), tools, { devices: 'skip' })
  return { place: { folder: sandbox, tools }, debian: imageOf(rootInput(read)) }
}

/** A job over a lower tree. */
export function jobOf(below: Job['below'], scripts: readonly (string | Script)[], change: Partial<Job> = {}): Job {
  return {
    name: 'test',
    below,
    layer: emptyTree,
    scripts: scripts.map((script) =>
      typeof script === 'string' ? { place: 'runAsRoot', text: script, within: 'image' } : script,
    ),
    objects: [],
    limits: { disk: 256 * 2 ** 20, memory: undefined },
    ...change,
  }
}
