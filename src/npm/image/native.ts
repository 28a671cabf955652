/** Native packages: tells whether a tarball has binaries for the image's platform or would have to be compiled first. */
import { fail } from '../../base/error.ts'
import { readRange } from '../../store/file-range.ts'
import { path } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import type { Platform } from '../tree/platform.ts'

/** A package with its files. */
export interface Unpacked {
  readonly name: string
  readonly version: string
  readonly tree: Tree
  /** Its package.json; empty if that is not valid JSON. */
  readonly manifest: Readonly<Record<string, unknown>>
}

/** e_machine of ELF files (System V ABI, "ELF Header"). */
const machines: Readonly<Record<string, number>> = { x64: 62, arm64: 183 }

/** File that tells node-gyp how to build a package. */
const buildFile = path('binding.gyp')

/** Tells whether npm would build a package with node-gyp. */
export function isBuilt({ tree, manifest }: Pick<Unpacked, 'tree' | 'manifest'>): boolean {
  return manifest.gypfile !== false && tree.get(buildFile) !== undefined
}

/**
 * Refuses a package that has to be compiled: it has a `binding.gyp`, no binary for the platform, and no accompanying package of binaries.
 *
 * @throws BuildError npm.needs-build
 */
export function checkNative(found: Unpacked, platform: Platform, has: { readonly platformPackage: boolean }): void {
  const { name, version } = found
  if (!isBuilt(found) || has.platformPackage || holdsProgram(found.tree, platform)) return
  fail(
    'npm.needs-build',
    `${name} ${version} has no binary for linux/${platform.cpu}: it must be compiled when it is installed.`,
    {
      remedy: `Use a version or a package with prebuilt binaries, or a base image that holds it compiled (\`fromImage\`); if nothing loads it, write scripts: { ${JSON.stringify(name)}: "skip" }.`,
      detail: { package: name, version },
    },
  )
}

function holdsProgram(tree: Tree, { cpu }: Platform): boolean {
  for (const entry of tree.entries()) {
    if (entry.kind !== 'file' || entry.content.size < 64) continue
    const start = Buffer.from(readRange(entry.content, 0, 20))
    if (start.subarray(0, 4).toString('latin1') !== '\x7fELF') continue
    const isLittle = start[5] === 1
    if ((isLittle ? start.readUInt16LE(18) : start.readUInt16BE(18)) === machines[cpu]) return true
  }
  return false
}
