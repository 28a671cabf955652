/** Programs of a newer Debian, in a directory that `mmdebstrap --variant=extract` made, started with their own libraries. */
import { globSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { missing } from './command.ts'
import { temporaryFolder } from './temporary.ts'

/** Writes a script for each program of the directory `root` into `folder`; returns a PATH on which they come first. */
export function newerPrograms(root: string, programs: readonly string[], folder: string): string {
  const libraries = `${root}/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
  const [loader] = globSync(`${libraries}/ld-linux-*.so.*`)
  for (const file of programs) {
    const name = basename(file)
    const script = `#!/bin/sh\nexec ${loader} --library-path ${libraries} --argv0 ${name} ${root}/${file} "$@"\n`
    writeFileSync(join(folder, name), script, { mode: 0o755 })
  }
  return `${folder}:${process.env.PATH}:/usr/sbin:/sbin`
}

/** A skopeo that tests compare with. */
export interface Skopeo {
  /** Environment that makes `skopeo` this one. */
  readonly env: Readonly<Record<string, string>>
  /** Why tests with it are skipped, or false. */
  readonly skip: string | false
}

/** The machine's skopeo, and a newer one: SLIPWAY_SKOPEO_NEW is the root directory of a newer Debian with the package. */
export function skopeos(): ReadonlyMap<string, Skopeo> {
  const root = process.env.SLIPWAY_SKOPEO_NEW
  const newer: Skopeo =
    root === undefined
      ? { env: {}, skip: 'SLIPWAY_SKOPEO_NEW not set' }
      : { env: { PATH: newerPrograms(root, ['usr/bin/skopeo'], temporaryFolder()) }, skip: missing('skopeo') }
  return new Map([
    ["the machine's skopeo", { env: {}, skip: missing('skopeo') }],
    ['a newer skopeo', newer],
  ])
}
