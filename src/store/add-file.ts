/**
 * Adds one flat file to the store in one pass: computes its hash, its references and, if the size is known beforehand, the hash of its NAR.
 * Otherwise the finished file is read once more, because a NAR starts with the size.
 */
import { createHash } from 'node:crypto'
import { closeSync } from 'node:fs'
import type { Bytes } from '../base/bytes.ts'
import { algorithmOf, type FileHash, sameDigest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { Flushing } from '../base/pump.ts'
import { narPieces } from '../format/nar/write.ts'
import { append, complete, createFileAside } from '../tree/disk-write.ts'
import { type Metadata, plain } from '../tree/entry.ts'
import { root } from '../tree/path.ts'
import { treeOf } from '../tree/tree.ts'
import { lentBytes } from './file-range.ts'
import { type NarSummary, narDigest } from './nix/nar-digest.ts'
import type { AddFile } from './store.ts'
import { logical, type StorePath } from './store-path.ts'

/** A file to add. */
export interface FlatFile extends AddFile {
  readonly path: StorePath
  readonly bytes: Bytes
}

/** Writes the bytes to `place`. @throws BuildError store.hash-mismatch, store.size-mismatch */
export async function writeFlatFile(place: string, file: FlatFile): Promise<NarSummary> {
  const nar = narDigest(file.fixed === undefined ? file.candidates : [])
  const { executable = false } = file
  const known = file.size === undefined ? undefined : narFrame(file.size, executable)
  if (known !== undefined) nar.push(known.before)
  const { hash, size } = await writeBytes(place, file, known === undefined ? () => {} : nar.push)
  if (file.size !== undefined && size < file.size) wrongSize(file.path, file.size)
  if (file.fixed !== undefined && hash !== undefined && !sameDigest(hash, file.fixed)) {
    fail('store.hash-mismatch', `${logical(file.path)} should have the hash ${file.fixed}, but has ${hash}.`, {
      remedy: 'Correct the hash if the new content is the right one.',
      detail: { path: file.path, expected: file.fixed, found: hash },
    })
  }
  const { before, after } = known ?? narFrame(size, executable)
  if (known === undefined) {
    nar.push(before)
    for (const chunk of lentBytes(place)) nar.push(chunk)
  }
  nar.push(after)
  return nar.summary()
}

async function writeBytes(
  place: string,
  { path, bytes, size: expected, fixed, executable = false }: FlatFile,
  watch: (chunk: Uint8Array) => void,
): Promise<{ readonly size: number; readonly hash?: FileHash }> {
  const algorithm = fixed === undefined ? undefined : algorithmOf(fixed)
  const hasher = algorithm === undefined ? undefined : createHash(algorithm)
  const descriptor = await createFileAside(place)
  let size = 0
  try {
    await using flushing = new Flushing(descriptor)
    for await (const chunk of bytes) {
      size += chunk.length
      if (expected !== undefined && size > expected) wrongSize(path, expected)
      append(place, descriptor, chunk)
      flushing.wrote(chunk.length)
      hasher?.update(chunk)
      watch(chunk)
    }
    complete({ place, descriptor }, metadataOf(executable), {})
    await flushing.finish()
  } finally {
    closeSync(descriptor)
  }
  if (algorithm === undefined || hasher === undefined) return { size }
  return { size, hash: `${algorithm}:${hasher.digest('hex')}` }
}

/** Bytes before and after the content in the NAR of a single file. */
function narFrame(size: number, executable: boolean): { readonly before: Uint8Array; readonly after: Uint8Array } {
  const metadata = metadataOf(executable)
  const content = { size, open: () => [] }
  const [before, after] = [...narPieces(treeOf([{ kind: 'file', path: root, metadata, content }]))]
  return { before: Buffer.from(before?.text ?? '', 'latin1'), after: Buffer.from(after?.text ?? '', 'latin1') }
}

function metadataOf(executable: boolean): Metadata {
  return plain(executable ? 0o555 : 0o444)
}

function wrongSize(path: StorePath, expected: number): never {
  return fail('store.size-mismatch', `${logical(path)} should have ${expected} bytes, but has more or fewer.`, {
    remedy: 'Correct the size if the new content is the right one.',
    detail: { path, expected },
  })
}
