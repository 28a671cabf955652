/**
 * The normalised files of a packed archive, decompressed once and kept: what its package's own layer is made from.
 *
 * Three files: `<target>.tar`, the members of the package's default layer (relative names, parents present, mtime 1, all else as the
 * normaliser has it) in the order in which they came; `<target>.control`, a tar of the files by which the package describes itself;
 * `<target>.index`, the index of the first, which says what the layer's order is, written last, so that a good index says that all is
 * there. Everything is cache, made by unpack.ts.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fail } from '../../base/error.ts'
import { indexTar } from '../../format/tar/read.ts'
import type { PackedParts } from '../store.ts'
import { type IndexedTar, readTarIndex, readTarParts } from '../tar/tree.ts'

/** A package that was unpacked. */
export interface UnpackedPackage extends IndexedTar {
  /** The files by which it describes itself, by name. */
  control(): ReadonlyMap<string, Uint8Array>
}

/** The unpacked form at `target`; undefined when it is not there or damaged. */
export function openUnpacked(target: string): UnpackedPackage | undefined {
  const tar = readTarIndex(`${target}.tar`, `${target}.index`, () => lost(target))
  if (tar === undefined || !existsSync(`${target}.control`)) return undefined
  return { ...tar, control: () => readControl(`${target}.control`) }
}

/** Where the members of the package's default layer lie, in its order; undefined where that is not known. */
export function unpackedParts(target: string): PackedParts | undefined {
  const file = `${target}.tar`
  const parts = readTarParts(file, `${target}.index`)
  return parts === undefined ? undefined : { file, parts }
}

/** The members are in no order and have others between them: only the index says what is in the layer. */
function lost(target: string): never {
  return fail('store.not-unpacked', `"${target}.index" has gone away or was damaged while it was read.`, {
    remedy: 'Build again: the package is unpacked anew.',
  })
}

function readControl(file: string): ReadonlyMap<string, Uint8Array> {
  const bytes = readFileSync(file)
  return new Map(
    [...indexTar([bytes])].map((member) => [
      member.path,
      bytes.subarray(member.contentOffset, member.contentOffset + member.size),
    ]),
  )
}
