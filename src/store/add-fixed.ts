/** Makes a tree from a file, and adds it to the store if its NAR has the expected hash. */
import { createHash } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Bytes } from '../base/bytes.ts'
import { algorithmOf, type FileHash, formatSri, sameDigest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { writeNar } from '../format/nar/write.ts'
import { file, memoryTree } from '../tree/memory.ts'
import type { Tree } from '../tree/tree.ts'
import { archiveTree } from './archive/archive-tree.ts'
import { fileRange } from './file-range.ts'
import type { NarSummary } from './nix/nar-digest.ts'
import { writeObject } from './nix/write-object.ts'
import type { FixedTree } from './store.ts'
import { logical, type StorePath } from './store-path.ts'
import { temporaryDirectory } from './temporary.ts'
import { writeAll } from './write-all.ts'

/** Writes the tree to `place`. @throws BuildError store.hash-mismatch, archive.*, compression.corrupt, tar.unsupported */
export async function writeFixedTree(
  place: string,
  path: StorePath,
  { temporary, ...given }: FixedTree & { readonly temporary: string },
): Promise<NarSummary> {
  using unfinished = temporaryDirectory(temporary)
  const tree = await treeFor(given, unfinished.place)
  const hasher = createHash(algorithmOf(given.fixed))
  const summary = await writeObject(place, writeNar(tree), [], (chunk) => hasher.update(chunk))
  const found: FileHash = `${algorithmOf(given.fixed)}:${hasher.digest('hex')}`
  return sameDigest(found, given.fixed) ? summary : refuseOther(path, given, found)
}

async function treeFor({ bytes, file: name, form }: FixedTree, folder: string): Promise<Tree> {
  if (form.kind === 'unpacked') return archiveTree(bytes, { ...form, name, folder })
  const place = join(folder, 'file')
  const size = await writeBytes(place, bytes)
  return memoryTree({ '': file(fileRange(place, 0, size), { mode: 0o555 }) })
}

async function writeBytes(place: string, bytes: Bytes): Promise<number> {
  const descriptor = openSync(place, 'w', 0o600)
  try {
    let size = 0
    for await (const chunk of bytes) size += writeAll(descriptor, chunk)
    return size
  } finally {
    closeSync(descriptor)
  }
}

function refuseOther(path: StorePath, { file: name, fixed, form }: FixedTree, found: FileHash): never {
  const what = form.kind === 'unpacked' ? `The unpacked content of ${name}` : `${name}, as an executable file,`
  return fail('store.hash-mismatch', `${what} should have the hash ${formatSri(fixed)}, but has ${formatSri(found)}.`, {
    remedy:
      'Correct the hash if the new content is the right one: it is that of the files (a NAR), not that of the download.',
    detail: { path: logical(path), expected: formatSri(fixed), found: formatSri(found) },
  })
}
