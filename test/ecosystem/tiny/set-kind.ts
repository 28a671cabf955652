/** Tiny sets in the lock: one package per line. */
import { type FileHash, parseFileHash } from '../../../src/base/digest.ts'
import { mapLines, setLines, sorted } from '../../../src/lock/lines.ts'
import { fieldsOf, refuse, textOf } from '../../../src/lock/reader.ts'
import type { LockedItem, SetKind } from '../../../src/lock/set-kind.ts'
import { fixedPath, type StorePath } from '../../../src/store/store-path.ts'

/** Contents of a set in the lock. */
export interface TinyLocked {
  readonly packages: ReadonlyMap<string, LockedItem>
}

export const tinySetKind: SetKind<TinyLocked> = {
  kind: 'tiny',
  read: (reader, value) => {
    const packages = Object.entries(fieldsOf(reader, fieldsOf(reader, value, 'a set').packages, 'packages'))
    const read = packages.map(([name, each]) => {
      const { version, size, hash } = fieldsOf(reader, each, name)
      const parsed: FileHash = parseFileHash(textOf(reader, hash, 'hash')) ?? refuse(reader, 'has an invalid hash')
      return [name, { version: textOf(reader, version, 'version'), size: Number(size), hash: parsed }] as const
    })
    return { packages: new Map(read) }
  },
  lines: ({ packages }) => setLines([['packages', mapLines(sorted(packages))]]),
  paths: ({ packages }) => [...packages].map(([name, { hash }]) => tinyPath(name, hash)),
  packages: ({ packages }) => packages,
}

/** Store path of a package's archive. */
export function tinyPath(name: string, hash: FileHash): StorePath {
  return fixedPath(`${name}.tiny`, hash)
}
