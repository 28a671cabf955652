/** Unpacks npm's packages of Node: of 190 MB only the program and its licence, below /usr/local. */
import { decompress } from '../../format/compression.ts'
import type { TarMember } from '../../format/tar/member.ts'
import { type Normaliser, type PackedArchive, type Unpacked, unpackedBy } from '../../store/normaliser.ts'
import { plain } from '../../tree/entry.ts'
import { type EntryPath, path } from '../../tree/path.ts'

/** The program's path in an image. */
export const programPath: EntryPath = path('usr/local/bin/node')

/** The licence's path in an image. */
export const licencePath: EntryPath = path('usr/local/share/doc/node/LICENSE')

/** Normaliser of these packages. */
export const runtimeNormaliser: Normaliser = {
  name: 'node-runtime-1',
  open: async (bytes, file) => opened(decompress('gzip', bytes, { name: file })),
}

/** Converts such a package to files in an image. */
export const asRuntime: Unpacked = unpackedBy(runtimeNormaliser)

const kept: ReadonlyMap<string, { readonly path: EntryPath; readonly mode: number }> = new Map([
  ['bin/node', { path: programPath, mode: 0o755 }],
  ['LICENSE', { path: licencePath, mode: 0o644 }],
])

function opened(data: AsyncGenerator<Uint8Array>): PackedArchive {
  return {
    data,
    members: keptMembers,
    entries: () => [],
    control: () => new Map(),
    [Symbol.asyncDispose]: async () => void (await data.return(undefined)),
  }
}

/** All names begin with one common component. */
function* keptMembers(shipped: Iterable<TarMember>): Generator<TarMember> {
  for (const member of shipped) {
    const place = kept.get(member.path.slice(member.path.indexOf('/') + 1))
    if (place !== undefined && member.type === 'file')
      yield { ...member, path: place.path, metadata: plain(place.mode) }
  }
}
