/** A packed archive → its unpacked form (cache/unpacked.ts): its data is decompressed into a file, and normalised there. */
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { contentOf, gather } from '../base/bytes.ts'
import { flush } from '../base/pump.ts'
import { decompressFile } from '../format/compression.ts'
import type { TarMember } from '../format/tar/member.ts'
import { writeTar } from '../format/tar/write.ts'
import { type FileEntry, plain } from '../tree/entry.ts'
import { inOrder } from '../tree/order.ts'
import { path } from '../tree/path.ts'
import { writeWhole } from './cache/write-whole.ts'
import { fileBytes, fileRange } from './file-range.ts'
import type { Normaliser, PackedArchive } from './normaliser.ts'
import { tarMembers } from './tar/members.ts'
import { form, normalise } from './tar/normalise.ts'
import { writeAll } from './write-all.ts'

/** Where an archive is unpacked to. */
export interface UnpackPlace {
  /** What the three files are called, but for their endings. */
  readonly target: string
  /** An existing folder on the same file system, for what is not finished. */
  readonly temporary: string
}

/**
 * Unpacks an archive to `<target>.tar`, `.control` and `.index`, replacing what is there. Several may run at once.
 *
 * @param file - the archive, already verified.
 * @throws BuildError archive.invalid, compression.corrupt, tar.unsupported
 */
export async function unpackArchive(
  file: string,
  normaliser: Normaliser,
  { target, temporary }: UnpackPlace,
): Promise<void> {
  const unfinished = `${temporary}/unpacked-${randomUUID()}`
  const data = `${unfinished}.tar`
  try {
    await using archive = await normaliser.open(fileBytes(file), file)
    await writeData(file, archive, data)
    const lying = ({ contentOffset, size }: TarMember) => fileRange(data, contentOffset, size)
    const index = await normalise(data, archive.members(tarMembers(data), lying), () => archive.entries())
    await writeSynced(`${unfinished}.control`, controlTar(archive.control()))
    for (const part of ['tar', 'control']) renameSync(`${unfinished}.${part}`, `${target}.${part}`)
    writeWhole(`${target}.index`, index)
  } catch (error) {
    for (const part of ['tar', 'control']) rmSync(`${unfinished}.${part}`, { force: true })
    throw error
  }
}

/** Below this a program's start takes longer than what it saves; in bytes. */
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

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const descriptor = openSync(file, 'wx', 0o644)
  try {
    writeAll(descriptor, bytes)
    await flush(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
