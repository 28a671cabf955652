/** Tiny packages as published: a catalogue of specifications, and an archive of each, whose first file describes it. */
import { createHash } from 'node:crypto'
import type { LocalContent } from '../../../src/base/bytes.ts'
import type { FileHash } from '../../../src/base/digest.ts'
import { writeTar } from '../../../src/format/tar/write.ts'
import { file, memoryTree } from '../../../src/tree/memory.ts'

/** A file: text, or a number of zeros. */
export interface TinyFile {
  readonly text?: string
  readonly zeros?: number
  readonly mode?: number
}

/** A package. */
export interface TinySpec {
  readonly name: string
  readonly version: string
  readonly files: Readonly<Record<string, TinyFile>>
  /** Directory in which it is laid out; default: "/". */
  readonly at?: string
  /** Names of files that are programs, whatever their modes: each gets a link in usr/local/bin. */
  readonly programs?: readonly string[]
  /** Paths of the image that it takes over from any other package. */
  readonly takes?: readonly string[]
  readonly requires?: readonly string[]
  /** What its script would do. */
  readonly script?: string
}

/** Packages by name. */
export type Catalogue = Readonly<Record<string, TinySpec>>

/** The file that describes a package in its archive. */
export const description = 'package.tiny'

/** The bytes of a package's archive. */
export function archiveOf(spec: TinySpec): Iterable<Uint8Array> {
  const { files, ...rest } = spec
  const entries = Object.entries(files).map(([path, { text = '', zeros, mode = 0o644 }]) => {
    const content = zeros === undefined ? text : zerosOf(zeros)
    return [`files/${path}`, file(content, { mode })] as const
  })
  const tree = memoryTree({ [description]: file(JSON.stringify(rest)), ...Object.fromEntries(entries) })
  return writeTar(tree.entries(), { names: 'relative', end: 'blocks' })
}

/** The size in bytes and the SHA-512 of a package's archive. */
export function measured(spec: TinySpec): { readonly size: number; readonly hash: FileHash } {
  const hasher = createHash('sha512')
  let size = 0
  for (const chunk of archiveOf(spec)) {
    hasher.update(chunk)
    size += chunk.length
  }
  return { size, hash: `sha512:${hasher.digest('hex')}` }
}

function zerosOf(size: number): LocalContent {
  const chunk = new Uint8Array(1_048_576)
  return {
    size,
    *open() {
      for (let left = size; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length))
    },
  }
}
