/** Unpacks a packed archive (cache/unpacked.ts): decompresses its data into a file, and normalises it there. */
import { closeSync, ftruncateSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { flush } from '../base/pump.ts'
import { decompressFile } from '../format/compression.ts'
import type { TarMember } from '../format/tar/member.ts'
import { createFileAside } from '../tree/disk-write.ts'
import { formatUnpackedEnd } from './cache/unpacked.ts'
import { fileBytes, fileRange } from './file-range.ts'
import type { Normaliser, PackedArchive } from './normaliser.ts'
import { tarMembers } from './tar/members.ts'
import { normalise } from './tar/normalise.ts'
import { temporaryPlace } from './temporary.ts'
import { writeAll } from './write-all.ts'

/** Where to unpack an archive. */
export interface UnpackPlace {
  /** The file that is made. */
  readonly target: string
  /** An existing directory on the same file system, for unfinished files. */
  readonly temporary: string
}

/**
 * Unpacks an archive to `target`, replacing an existing file. Several calls may run at once.
 *
 * @param file - the archive, already verified.
 * @throws BuildError archive.invalid, compression.corrupt, tar.unsupported
 */
export async function unpackArchive(
  file: string,
  normaliser: Normaliser,
  { target, temporary }: UnpackPlace,
): Promise<void> {
  using unfinished = temporaryPlace(temporary)
  const { place } = unfinished
  await using archive = await normaliser.open(fileBytes(file), file)
  await writeData(file, archive, place)
  const contentOf = ({ contentOffset, size }: TarMember) => fileRange(place, contentOffset, size)
  const index = normalise(place, archive.members(tarMembers(place), contentOf), () => archive.entries())
  await appendSynced(place, formatUnpackedEnd(statSync(place).size, { control: archive.control(), index }))
  renameSync(place, target)
}

/** Below this size, in bytes, starting a program takes longer than it saves. */
const worthAProgram = 524_288

/** Decompresses the data into a file. */
async function writeData(file: string, { packed, data }: PackedArchive, target: string): Promise<void> {
  const descriptor = await createFileAside(target, 0o644)
  try {
    if (packed !== undefined && (await writtenByProgram(file, packed, target))) return
    // What a program that failed wrote is of no use.
    ftruncateSync(descriptor)
    for await (const chunk of data) writeAll(descriptor, chunk)
  } finally {
    closeSync(descriptor)
  }
}

async function writtenByProgram(
  file: string,
  { kind, offset, size }: NonNullable<PackedArchive['packed']>,
  target: string,
): Promise<boolean> {
  if (size < worthAProgram || offset + size !== statSync(file).size) return false
  const from = openSync(file, 'r')
  const to = openSync(target, 'w')
  try {
    readSync(from, Buffer.allocUnsafe(offset))
    return await decompressFile(kind, from, to)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

/** Appends bytes to a file, and waits until all of it is on disk. */
async function appendSynced(file: string, bytes: Uint8Array): Promise<void> {
  const descriptor = openSync(file, 'a')
  try {
    writeAll(descriptor, bytes)
    await flush(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
