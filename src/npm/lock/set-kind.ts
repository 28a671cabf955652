/** Records of slipway.lock for an npm lock file: the SHA-512 of tarballs that have none there, one package a line. */
import { type FileHash, parseFileHash } from '../../base/digest.ts'
import { mapLines, setLines, sorted } from '../../lock/lines.ts'
import { fieldsOf, goTo, type Reader, refuse, textOf } from '../../lock/reader.ts'
import type { LockedItem, SetKind } from '../../lock/set-kind.ts'
import { tarballPath } from '../tarball/recipe.ts'

/** Record of one tarball. `integrity` is the npm lock file's value for it; if that changes, the record is void. */
export interface RecordedTarball extends LockedItem {
  readonly name: string
  readonly integrity: string
}

/** Records of one npm lock file, by `name@version`. */
export interface NpmLocked {
  readonly packages: ReadonlyMap<string, RecordedTarball>
}

/** Set kind of these records. */
export const npmSetKind: SetKind<NpmLocked> = {
  kind: 'npm',
  read: readSet,
  lines: ({ packages }) =>
    setLines([
      [
        'packages',
        mapLines(sorted(packages).map(([key, { size, hash, integrity }]) => [key, { size, hash, integrity }])),
      ],
    ]),
  paths: ({ packages }) => [...packages.values()].map(tarballPath),
  packages: ({ packages }) => packages,
}

/** Returns the records at a key of a lock. */
export function npmSetIn(set: object | undefined): NpmLocked {
  return set !== undefined && isNpmLocked(set) ? set : { packages: new Map() }
}

function isNpmLocked(set: object): set is NpmLocked {
  return 'packages' in set
}

function readSet(reader: Reader, value: unknown): NpmLocked {
  const { packages } = fieldsOf(reader, value, 'a set')
  const read = Object.entries(fieldsOf(reader, packages, 'packages')).map(
    ([key, each]) => [key, readTarball(goTo(reader, key), key, each)] as const,
  )
  return { packages: new Map(read) }
}

function readTarball(reader: Reader, key: string, value: unknown): RecordedTarball {
  const { size, hash, integrity } = fieldsOf(reader, value, key)
  const at = key.indexOf('@', 1)
  if (at < 0) refuse(reader, `has the package ${JSON.stringify(key)}, without a version`)
  return {
    name: key.slice(0, at),
    version: key.slice(at + 1),
    size: isSize(size) ? size : refuse(reader, `has no usable size for ${key}`),
    hash: sha512In(textOf(reader, hash, 'hash')) ?? refuse(reader, `has no SHA-512 for ${key}`),
    integrity: typeof integrity === 'string' ? integrity : refuse(reader, `has no integrity for ${key}`),
  }
}

function sha512In(text: string): FileHash | undefined {
  const hash = parseFileHash(text)
  return hash?.startsWith('sha512:') === true ? hash : undefined
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
