/** Unpacks a packed archive (cache/unpacked.ts): decompresses its data into a file, and normalises it there. */
import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { contentOf, gather } from '../base/bytes.ts'
import { decompressFile } from '../format/compression.ts'
import type { TarMember } from '../format/tar/member.ts'
import { writeTar } from '../format/tar/write.ts'
import { type FileEntry, plain } from '../tree/entry.ts'
import { inOrder } from '../tree/order.ts'
import { path } from '../tree/path.ts'
import { fileBytes, fileRange } from './file-range.ts'
import type { Normaliser, PackedArchive } from './normaliser.ts'
import { tarMembers } from './tar/members.ts'
import { form, normalise } from './tar/normalise.ts'
import { temporaryDirectory } from './temporary.ts'
import { writeCache, writeWholeFile } from './whole-file.ts'
import { writeAll } from './write-all.ts'

/** Where to unpack an archive. */
export interface UnpackPlace {
  /** Common name of the three files, without their suffixes. */
  readonly target: string
  /** An existing directory on the same file system, for unfinished files. */
  readonly temporary: string
}

/**
 * Unpacks an archive to `<target>.tar`, `.control` and `.index`, replacing existing files. Several calls may run at once.
 *
 * @param file - the archive, already verified.
 * @throws BuildError archive.invalid, compression.corrupt, tar.unsupported
 */
export async function unpackArchive(
  file: string,
  normaliser: Normaliser,
  { target, temporary }: UnpackPlace,
): Promise<void> {
  using unfinished = temporaryDirectory(temporary)
  const data = join(unfinished.place, 'tar')
  await using archive = await normaliser.open(fileBytes(file), file)
  await writeData(file, archive, data)
  const lying = ({ contentOffset, size }: TarMember) => fileRange(data, contentOffset, size)
  const index = await normalise(data, archive.members(tarMembers(data), lying), () => archive.entries())
  const control = controlTar(archive.control())
  await writeWholeFile(`${target}.control`, async (descriptor) => writeAll(descriptor, control), { temporary })
  renameSync(data, `${target}.tar`)
  writeCache(`${target}.index`, (descriptor) => writeAll(descriptor, index), { temporary })
}

/** Below this size, in bytes, starting a program takes longer than it saves. */
const worthAProgram = 524_288

/** Decompresses the data into a file. */
async function writeData(file: string, { packed, data }: PackedArchive, target: string): Promise<void> {
  if (packed !== undefined && (await writtenByProgram(file, packed, target))) return
  const descriptor = openSync(target, 'w', 0o644)
  try {
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
  const to = openSync(target, 'w', 0o644)
  try {
    readSync(from, Buffer.allocUnsafe(offset))
    return await decompressFile(kind, from, to)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

function controlTar(control: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return gather(writeTar(inOrder([...control].map(([name, bytes]) => fileOf(name, bytes))), form))
}

function fileOf(at: string, bytes: Uint8Array): FileEntry {
  return { kind: 'file', path: path(at), metadata: plain(0o644), content: contentOf(bytes) }
}
