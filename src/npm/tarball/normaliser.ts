/** Unpacks the tarballs of npm packages as npm does: without their first directory, with its file modes, and links left out. */
import { gather } from '../../base/bytes.ts'
import { decompress } from '../../format/compression.ts'
import type { TarMember } from '../../format/tar/member.ts'
import { type Normaliser, type PackedArchive, type Unpacked, unpackedBy } from '../../store/normaliser.ts'
import { entryPathOf } from '../../tree/path.ts'

/** The normaliser of npm's tarballs. */
export const npmNormaliser: Normaliser = {
  name: 'npm-1',
  open: async (bytes) => opened(bytes),
}

/** How a tarball becomes files in an image. */
export const asNpm: Unpacked = unpackedBy(npmNormaliser)

/** File by which a package describes itself. */
const manifestName = 'package.json'

function opened(bytes: Parameters<Normaliser['open']>[0]): PackedArchive {
  const control = new Map<string, Uint8Array>()
  return {
    data: decompress('gzip', bytes),
    *members(shipped, content) {
      for (const member of shipped) {
        const path = entryPathOf(member.path.split('/').slice(1).join('/'))
        if (path === '' || member.type !== 'file') continue
        if (path === manifestName) control.set(manifestName, gather(content(member).open()))
        yield moved(member, path)
      }
    },
    entries: () => [],
    control: () => control,
    [Symbol.asyncDispose]: async () => {},
  }
}

function moved(member: TarMember, path: TarMember['path']): TarMember {
  const { mode, ...metadata } = member.metadata
  const own = { uid: 0, gid: 0, uname: 'root', gname: 'root' }
  return { ...member, path, metadata: { ...metadata, ...own, mode: ((mode | 0o666) & ~0o022) | 0o600 } }
}
