/** Finds the Debian packages of the shared libraries that a release of Node is linked with, by reading the program. */
import { fail } from '../../base/error.ts'
import { readNeeded } from '../../format/elf.ts'
import type { Workshop } from '../../source/package.ts'
import { readRange } from '../../store/file-range.ts'
import type { StorePath } from '../../store/store-path.ts'
import { asRuntime, programPath } from './normaliser.ts'

/** Debian package of each library. The loader belongs to the C library. */
const providers: readonly (readonly [library: RegExp, debian: string])[] = [
  [/^(libc|libm)\.so\.6$|^lib(dl|pthread|util)\.so\.2$|^libpthread\.so\.0$|^lib(rt|util)\.so\.1$|^ld-linux/, 'libc6'],
  [/^libstdc\+\+\.so\.6$/, 'libstdc++6'],
  [/^libgcc_s\.so\.1$/, 'libgcc-s1'],
  [/^libatomic\.so\.1$/, 'libatomic1'],
]

/** Returns the Debian packages with the libraries of a release that is in the store, sorted. @throws BuildError npm.runtime */
export function librariesOf(archive: StorePath, { store }: Pick<Workshop, 'store'>): readonly string[] {
  const content = store.laidOut(archive, asRuntime).content(programPath)
  const needed = content === undefined ? undefined : readNeeded((offset, size) => readRange(content, offset, size))
  return [...new Set((needed ?? refuseProgram(archive)).map((library) => providerOf(library, archive)))].sort()
}

function providerOf(library: string, archive: StorePath): string {
  const found = providers.find(([names]) => names.test(library))
  return (
    found?.[1] ??
    fail('npm.runtime', `${archive} is linked with ${library}, and no Debian package is known to have it.`, {
      remedy: 'Choose another version of Node in `runtime`, or a package that has bin/node.',
      detail: { archive, library },
    })
  )
}

function refuseProgram(archive: StorePath): never {
  return fail('npm.runtime', `${archive} has no program at bin/node.`, {
    remedy: 'Choose another version of Node in `runtime`.',
    detail: { archive },
  })
}
