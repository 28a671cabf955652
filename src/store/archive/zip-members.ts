/** Unpacks a zip archive into one file of contents, and describes its members as those of a tar archive, so that one reader serves both. */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Bytes } from '../../base/bytes.ts'
import { collect } from '../../base/bytes.ts'
import { type Limit, refuseBomb } from '../../format/compression.ts'
import type { TarMember } from '../../format/tar/member.ts'
import { type RandomBytes, readZip, type ZipMember } from '../../format/zip.ts'
import { plain } from '../../tree/entry.ts'
import { entryPathOf } from '../../tree/path.ts'
import { openFile } from '../random-bytes.ts'
import { writeAll } from '../write-all.ts'

/** Where to unpack, and how much. */
export interface ZipPlace {
  /** Existing directory, for the archive itself. */
  readonly folder: string
  /** File to be created, for the contents; offsets of members are in it. */
  readonly data: string
  readonly limit: Limit
}

/** @throws BuildError archive.invalid, archive.bomb */
export async function* zipMembers(bytes: Bytes, { folder, data, limit }: ZipPlace): AsyncGenerator<TarMember> {
  const place = join(folder, 'zip')
  const packed = openSync(place, 'w', 0o600)
  try {
    for await (const chunk of bytes) writeAll(packed, chunk)
  } finally {
    closeSync(packed)
  }
  using archive = openFile(place)
  yield* unpacked(archive, data, limit)
}

async function* unpacked(archive: RandomBytes, data: string, limit: Limit): AsyncGenerator<TarMember> {
  const contents = openSync(data, 'w', 0o600)
  let written = 0
  const grown = (size: number): void => refuseBomb(size, { ...limit, packedSize: archive.size })
  try {
    for await (const member of readZip(archive)) {
      const start = written
      if (member.type === 'file')
        for await (const chunk of member.body()) {
          grown(written + chunk.length)
          written += writeAll(contents, chunk)
        }
      const link = member.type === 'symlink' ? Buffer.from(await collect(member.body())).toString('latin1') : ''
      yield asTarMember(member, { start, size: written - start, link })
    }
  } finally {
    closeSync(contents)
  }
}

function asTarMember(
  { type, name, isExecutable }: ZipMember,
  at: { readonly start: number; readonly size: number; readonly link: string },
): TarMember {
  return {
    ...{ type, name, link: at.link, size: at.size, path: entryPathOf(name), major: 0, minor: 0 },
    metadata: plain(type === 'directory' || isExecutable ? 0o755 : 0o644),
    ...{ headerOffset: at.start, contentOffset: at.start },
  }
}
