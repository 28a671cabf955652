/** A `.deb` → its unpacked form (unpacked.ts). Data archives of any size pass through a temporary file. */
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { contentOf, gather } from '../base/bytes.ts'
import { flush } from '../base/pump.ts'
import { decompressFile } from '../format/compression.ts'
import { parseParagraph } from '../format/control.ts'
import { type Deb, type Packed, readDeb } from '../format/deb.ts'
import type { TarMember } from '../format/tar/member.ts'
import { indexTar } from '../format/tar/read.ts'
import { writeTar } from '../format/tar/write.ts'
import { type Entry, plain } from '../tree/entry.ts'
import { inOrder } from '../tree/order.ts'
import { entryPathOf, path, root } from '../tree/path.ts'
import { dated, withParents } from '../tree/transform.ts'
import { treeOf } from '../tree/tree.ts'
import { fileBytes, fileRange, lentBytes } from './file-range.ts'
import { form, writeIndexed } from './indexed-archive.ts'
import { isAlias, mergedPath } from './merged-usr.ts'
import { tarEntries } from './tar-entries.ts'
import { writeAll } from './write-all.ts'
import { writeWhole } from './write-whole.ts'

/**
 * Unpacks a `.deb` to `<target>.tar`, `.control` and `.index`, replacing what is there. Several may run at once.
 *
 * @param deb - the file, already verified.
 * @param temporary - an existing folder on the same file system, for what is not finished.
 * @throws BuildError archive.invalid, compression.corrupt, tar.unsupported
 */
export async function unpackDeb(deb: string, target: string, temporary: string): Promise<void> {
  const folder = mkdtempSync(`${temporary}/deb-`)
  try {
    const dataFile = `${folder}/data`
    const control = await writeData(deb, dataFile)
    const { shipped, list } = readData(dataFile)
    const entries = inOrder([...shipped, ...recordEntries(control, dataFile)])
    const normal = dated(withParents(treeOf(entries)), mtime)
    const index = await writeIndexed(normal.entries(), dataFile, `${folder}/tar`)
    writeFileSync(`${folder}/control`, gather(writeTar(controlTree(new Map([...control, ['list', list]])), form)))
    for (const part of ['tar', 'control']) {
      await sync(`${folder}/${part}`)
      renameSync(`${folder}/${part}`, `${target}.${part}`)
    }
    writeWhole(`${target}.index`, index)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function sync(file: string): Promise<void> {
  const descriptor = openSync(file, 'r')
  try {
    await flush(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const recordFolder = 'var/lib/dpkg/status.d'
/** When everything in an image was last changed, unless it asks for another time; Unix seconds. */
const mtime = 1

/** Below this a program's start takes longer than what it saves; in bytes. */
const worthAProgram = 524_288

/** Decompresses the data archive into a file; results in the control files. */
async function writeData(deb: string, file: string): Promise<Deb['control']> {
  await using opened = await readDeb(fileBytes(deb), deb)
  if (!(await writtenByProgram(deb, opened.packed, file))) {
    const descriptor = openSync(file, 'w', 0o600)
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
  const to = openSync(file, 'w', 0o600)
  try {
    readSync(from, Buffer.allocUnsafe(offset))
    return await decompressFile(kind, from, to)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

interface Data {
  readonly shipped: readonly Entry[]
  readonly list: Uint8Array
}

/** Finds the entries of a data archive. */
function readData(file: string): Data {
  const found = tarEntries((member) => fileRange(file, member.contentOffset, member.size))
  const names: string[] = []
  for (const member of indexTar(lentBytes(file))) {
    names.push(member.path === root ? '/.\n' : `/${member.path}\n`)
    // The root itself is not for one package to set.
    const isLeftOut = member.path === root || (member.type === 'directory' && isAlias(member.path))
    if (!isLeftOut) found.add(merged(member))
  }
  return { shipped: found.entries(), list: Buffer.from(names.join(''), 'latin1') }
}

function merged(member: TarMember): TarMember {
  const path = mergedPath(member.path)
  if (member.type !== 'hardlink') return path === member.path ? member : { ...member, path }
  return { ...member, path, link: mergedPath(entryPathOf(member.link)) }
}

/** What scanners look for: the control file as it is and the checksums. The bytes are added to `file`, so that all content lies there. */
function recordEntries(control: ReadonlyMap<string, Uint8Array>, file: string): readonly Entry[] {
  const text = Buffer.from(control.get('control') ?? []).toString('utf8')
  const name = parseParagraph(text).get('package') ?? ''
  const records = [
    [`${recordFolder}/${name}`, control.get('control')],
    [`${recordFolder}/${name}.md5sums`, control.get('md5sums')],
  ] as const
  return records.flatMap(([at, bytes]) => {
    if (bytes === undefined) return []
    const offset = statSync(file).size
    appendFileSync(file, bytes)
    return [{ kind: 'file', path: path(at), metadata: plain(0o644), content: fileRange(file, offset, bytes.length) }]
  })
}

function controlTree(control: ReadonlyMap<string, Uint8Array>): readonly Entry[] {
  return inOrder(
    [...control].map(([name, bytes]) => ({
      ...{ kind: 'file', path: path(name), metadata: plain(0o644), content: contentOf(bytes) },
    })),
  )
}
