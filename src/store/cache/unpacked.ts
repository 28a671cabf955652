/**
 * Normalised files of a packed archive, decompressed once and kept: the source of its package's own layer.
 *
 * Three files: `<target>.tar`, the members of the package's default layer (relative names, parents present, mtime 1, everything else as the
 * normaliser provides it) in their original order; `<target>.control`, a tar of the package's control files; `<target>.index`, the index of
 * the first, which records the order in the layer and is written last, so that a valid index proves that all three are complete. All of
 * them are cache, made by unpack.ts.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fail } from '../../base/error.ts'
import { indexTar } from '../../format/tar/read.ts'
import type { PackedParts } from '../store.ts'
import { type IndexedTar, readTarIndex, readTarParts } from '../tar/tree.ts'

/** An unpacked package. */
export interface UnpackedPackage extends IndexedTar {
  /** Control files of the package, by name. */
  control(): ReadonlyMap<string, Uint8Array>
}

/** Opens the unpacked form at `target`; undefined if it is missing or damaged. */
export function openUnpacked(target: string): UnpackedPackage | undefined {
  const tar = readTarIndex(`${target}.tar`, `${target}.index`, () => lost(target))
  if (tar === undefined || !existsSync(`${target}.control`)) return undefined
  return { ...tar, control: () => readControl(`${target}.control`) }
}

/** Locations of the members of the package's default layer, in its order; undefined if unknown. */
export function unpackedParts(target: string): PackedParts | undefined {
  const file = `${target}.tar`
  const parts = readTarParts(file, `${target}.index`)
  return parts === undefined ? undefined : { file, parts }
}

/** The members are unordered, with others between them: only the index knows what is in the layer. */
function lost(target: string): never {
  return fail('store.not-unpacked', `"${target}.index" disappeared or was damaged while it was being read.`, {
    remedy: 'Build again; the package will be unpacked again.',
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
