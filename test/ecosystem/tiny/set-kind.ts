/** Tiny sets in the lock: a package a line. */
import { type FileHash, parseFileHash } from '../../../src/base/digest.ts'
import { mapLines, setLines, sorted } from '../../../src/lock/lines.ts'
import { fieldsOf, refuse, textOf } from '../../../src/lock/reader.ts'
import type { LockedItem, SetKind } from '../../../src/lock/set-kind.ts'
import { fixedPath, type StorePath } from '../../../src/store/store-path.ts'

/** What the lock has of a set. */
export interface TinyLocked {
  readonly packages: ReadonlyMap<string, LockedItem>
}

export const tinySetKind: SetKind<TinyLocked> = {
  kind: 'tiny',
  read: (reader, value) => {
    const packages = Object.entries(fieldsOf(reader, fieldsOf(reader, value, 'a set').packages, 'packages'))
    const read = packages.map(([name, each]) => {
      const { version, size, hash } = fieldsOf(reader, each, name)
      const parsed: FileHash = parseFileHash(textOf(reader, hash, 'hash')) ?? refuse(reader, 'has a hash that is none')
      return [name, { version: textOf(reader, version, 'version'), size: Number(size), hash: parsed }] as const
    })
    return { packages: new Map(read) }
  },
  lines: ({ packages }) => setLines([['packages', mapLines(sorted(packages))]]),
  paths: ({ packages }) => [...packages].map(([name, { hash }]) => tinyPath(name, hash)),
  packages: ({ packages }) => packages,
}

/** Where a package's archive is in the store. */
export function tinyPath(name: string, hash: FileHash): StorePath {
  return fixedPath(`${name}.tiny`, hash)
}
