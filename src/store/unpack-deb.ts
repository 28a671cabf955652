/** A `.deb` → its unpacked form (unpacked.ts): its data is decompressed into a file, and normalised there. */
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { contentOf, gather } from '../base/bytes.ts'
import { flush } from '../base/pump.ts'
import { decompressFile } from '../format/compression.ts'
import { parseParagraph } from '../format/control.ts'
import { type Deb, type Packed, readDeb } from '../format/deb.ts'
import type { TarMember } from '../format/tar/member.ts'
import { writeTar } from '../format/tar/write.ts'
import { type FileEntry, plain } from '../tree/entry.ts'
import { inOrder } from '../tree/order.ts'
import { entryPathOf, path, root } from '../tree/path.ts'
import { writeWhole } from './cache/write-whole.ts'
import { fileBytes } from './file-range.ts'
import { isAlias, mergedPath } from './merged-usr.ts'
import { tarMembers } from './tar/members.ts'
import { form, normalise } from './tar/normalise.ts'
import { writeAll } from './write-all.ts'

/**
 * Unpacks a `.deb` to `<target>.tar`, `.control` and `.index`, replacing what is there. Several may run at once.
 *
 * @param deb - the file, already verified.
 * @param temporary - an existing folder on the same file system, for what is not finished.
 * @throws BuildError archive.invalid, compression.corrupt, tar.unsupported
 */
export async function unpackDeb(deb: string, target: string, temporary: string): Promise<void> {
  const unfinished = `${temporary}/deb-${randomUUID()}`
  const data = `${unfinished}.tar`
  try {
    const control = await writeData(deb, data)
    const list: string[] = []
    const index = await normalise(data, shipped(data, list), recordEntries(control))
    await writeSynced(`${unfinished}.control`, controlTar(control, list))
    for (const part of ['tar', 'control']) renameSync(`${unfinished}.${part}`, `${target}.${part}`)
    writeWhole(`${target}.index`, index)
  } catch (error) {
    for (const part of ['tar', 'control']) rmSync(`${unfinished}.${part}`, { force: true })
    throw error
  }
}

/** Below this a program's start takes longer than what it saves; in bytes. */
const worthAProgram = 524_288

/** Decompresses the data archive into a file; results in the control files. */
async function writeData(deb: string, file: string): Promise<Deb['control']> {
  await using opened = await readDeb(fileBytes(deb), deb)
  if (!(await writtenByProgram(deb, opened.packed, file))) {
    const descriptor = openSync(file, 'w', 0o644)
    try {
      for await (const chunk of opened.data) writeAll(descriptor, chunk)
    } finally {
      closeSync(descriptor)
    }
  }
  return opened.control
}

async function writtenByProgram(deb: string, { kind, offset, size }: Packed, file: string): Promise<boolean> {
  if (size < worthAProgram || offset + size !== statSync(deb).size) return false
  const from = openSync(deb, 'r')
  const to = openSync(file, 'w', 0o644)
  try {
    readSync(from, Buffer.allocUnsafe(offset))
    return await decompressFile(kind, from, to)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

/** A package's members where they are to stand; their names as shipped, a line each, come into `list`. */
function* shipped(data: string, list: string[]): Generator<TarMember> {
  for (const member of tarMembers(data)) {
    list.push(member.path === root ? '/.\n' : `/${member.path}\n`)
    // The root itself is not for one package to set.
    const isLeftOut = member.path === root || (member.type === 'directory' && isAlias(member.path))
    if (!isLeftOut) yield merged(member)
  }
}

function merged(member: TarMember): TarMember {
  const path = mergedPath(member.path)
  if (member.type !== 'hardlink') return path === member.path ? member : { ...member, path }
  return { ...member, path, link: mergedPath(entryPathOf(member.link)) }
}

const recordFolder = 'var/lib/dpkg/status.d'

/** What scanners look for: the control file as it is and the checksums. */
function recordEntries(control: Deb['control']): readonly FileEntry[] {
  const text = Buffer.from(control.get('control') ?? []).toString('utf8')
  const name = parseParagraph(text).get('package') ?? ''
  const records = [
    [`${recordFolder}/${name}`, control.get('control')],
    [`${recordFolder}/${name}.md5sums`, control.get('md5sums')],
  ] as const
  return records.flatMap(([at, bytes]) => (bytes === undefined ? [] : [fileOf(at, bytes)]))
}

function controlTar(control: Deb['control'], list: readonly string[]): Uint8Array {
  const files = [...control, ['list', Buffer.from(list.join(''), 'latin1')] as const]
  return gather(writeTar(inOrder(files.map(([name, bytes]) => fileOf(name, bytes))), form))
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
