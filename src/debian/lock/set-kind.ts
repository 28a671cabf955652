/** Debian sets in the lock: their keys, their reader, and their lines. */
import { digestFromHex, hexOf } from '../../base/digest.ts'
import { listLines, mapLines, setLines, sorted } from '../../lock/lines.ts'
import { fieldsOf, goTo, listOf, type Reader, refuse, textOf, textsOf } from '../../lock/reader.ts'
import type { Lock, SetKind } from '../../lock/set-kind.ts'
import { indexPath } from '../archive/archive.ts'
import { isPoolPath } from '../archive/universe.ts'
import { debPath } from '../deb-path.ts'
import type { DebianSet } from '../options.ts'
import type { Base, LockedIndex, LockedPackage, LockedSet } from './resolution.ts'

/** The kind of Debian sets. */
export const debianSetKind: SetKind<LockedSet> = {
  kind: 'debian',
  read: readSet,
  lines: formatSet,
  paths: ({ indexes, packages }) => [...indexes.map(indexPath), ...[...packages.values()].map(debPath)],
  packages: ({ packages }) =>
    new Map([...packages].map(([name, { version, size, sha256 }]) => [name, { version, size, hash: sha256 }])),
}

/** The Debian set of a lock at a key. */
export function setIn(lock: Lock, key: string): LockedSet | undefined {
  const set = lock.get(key)?.set
  return set !== undefined && isLockedSet(set) ? set : undefined
}

function isLockedSet(set: object): set is LockedSet {
  return 'indexes' in set && 'packages' in set
}

/** Key of a set: suite, architecture, and the options that affect the choice of packages. */
export function lockKey(set: DebianSet, architecture: string): string {
  const words = ['debian', set.suite, architecture]
  if (set.essential !== 'shell') words.push(`essential=${set.essential}`)
  if (set.recommends) words.push('recommends')
  if (set.prefer.length > 0) words.push(`prefer=${set.prefer.join(',')}`)
  if (set.omit.length > 0) words.push(`omit=${set.omit.join(',')}`)
  return words.join(' ')
}

function formatSet({ indexes, roots, implied, ids, packages }: LockedSet): string {
  return setLines([
    ['indexes', listLines(indexes.map(plainIndex))],
    ['roots', listLines([...roots].sort())],
    ['implied', JSON.stringify(implied)],
    ['users', mapLines(sorted(ids.users))],
    ['groups', mapLines(sorted(ids.groups))],
    ['packages', mapLines(sorted(packages).map(([name, locked]) => [name, plainPackage(locked)]))],
  ])
}

function plainIndex({ suite, base, date, release, file, size, sha256 }: LockedIndex): object {
  return { suite, base, date, release: hexOf(release), file, size, sha256: hexOf(sha256) }
}

function plainPackage({ version, architecture, base, file, size, sha256, requires }: LockedPackage): object {
  return { version, architecture, base, file, size, sha256: hexOf(sha256), requires }
}

function readSet(reader: Reader, value: unknown): LockedSet {
  const { indexes, roots, implied, users, groups, packages } = fieldsOf(reader, value, 'a set')
  const inPackages = goTo(reader, 'packages')
  const read = new Map(
    Object.entries(fieldsOf(inPackages, packages, 'packages')).map(([name, each]) => [
      name,
      readPackage(goTo(inPackages, name), name, each),
    ]),
  )
  for (const { name, requires } of read.values()) {
    const lacking = requires.find((other) => !read.has(other))
    if (lacking !== undefined)
      refuse(goTo(inPackages, name), `has ${name}, which requires the missing package ${lacking}`)
  }
  const named = (key: string, value: unknown) => {
    const names = textsOf(goTo(reader, key), value, key)
    const lacking = names.find((name) => !read.has(name))
    return lacking === undefined
      ? names
      : refuse(goTo(reader, key), `lists ${lacking} in its ${key}, but has no such package`)
  }
  return {
    indexes: listOf(goTo(reader, 'indexes'), indexes, 'indexes').map((each) =>
      readIndex(goTo(reader, 'indexes'), each),
    ),
    roots: named('roots', roots),
    implied: named('implied', implied),
    ids: { users: readIds(goTo(reader, 'users'), users), groups: readIds(goTo(reader, 'groups'), groups) },
    packages: read,
  }
}

function readPackage(reader: Reader, name: string, value: unknown): LockedPackage {
  const { version, architecture, requires, ...rest } = fieldsOf(reader, value, name)
  return {
    name,
    version: textOf(reader, version, 'version'),
    architecture: textOf(reader, architecture, 'architecture'),
    ...readFile(reader, rest),
    requires: textsOf(reader, requires, 'requires'),
  }
}

function readIndex(reader: Reader, value: unknown): LockedIndex {
  const { suite, date, release, ...rest } = fieldsOf(reader, value, 'an index')
  return {
    suite: textOf(reader, suite, 'suite'),
    date: textOf(reader, date, 'date'),
    release:
      digestFromHex(textOf(reader, release, 'release')) ?? refuse(reader, 'has a release that is not a valid SHA-256'),
    ...readFile(reader, rest),
  }
}

function readFile(
  reader: Reader,
  { base, file, size, sha256 }: Readonly<Record<string, unknown>>,
): Pick<LockedPackage, 'base' | 'file' | 'size' | 'sha256'> {
  const path = textOf(reader, file, 'file')
  return {
    base: isBase(base) ? base : refuse(reader, 'has a base that is neither "archive" nor "security"'),
    file: isPoolPath(path) ? path : refuse(reader, `has the file ${JSON.stringify(path)}, which leads out of its base`),
    size:
      typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
        ? size
        : refuse(reader, 'has a size that is not a number of bytes'),
    sha256:
      digestFromHex(textOf(reader, sha256, 'sha256')) ?? refuse(reader, 'has a sha256 that is not a valid SHA-256'),
  }
}

function readIds(reader: Reader, value: unknown): ReadonlyMap<string, number> {
  const entries = Object.entries(fieldsOf(reader, value, 'ids'))
  return new Map(
    entries.map(([name, id]) => [
      name,
      typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 65_536
        ? id
        : refuse(goTo(reader, name), `has no valid id for ${name}`),
    ]),
  )
}

function isBase(value: unknown): value is Base {
  return value === 'archive' || value === 'security'
}
