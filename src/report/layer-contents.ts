/** Contents of a layer, read from its entries: sizes of files, store objects, and records of packages. */
import { gather } from '../base/bytes.ts'
import type { Entry } from '../tree/entry.ts'
import { showBytes } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'

/** Sizes are bytes of file contents. */
export interface LayerContents {
  readonly entries: number
  /** Store path → bytes. */
  readonly storePaths: ReadonlyMap<string, number>
  /** Path → bytes, of files outside the store. */
  readonly files: ReadonlyMap<string, number>
  /** Text of every file that some ecosystem takes for a record, by path. */
  readonly records: ReadonlyMap<string, string>
}

/** Reads a layer's entries. */
export function contentsOf(tree: Tree, isRecord: (path: string) => boolean): LayerContents {
  const storePaths = new Map<string, number>()
  const files = new Map<string, number>()
  const records = new Map<string, string>()
  let entries = 0
  for (const entry of tree.entries()) {
    entries++
    const size = sizeOf(entry)
    const object = objectRule.exec(entry.path)?.[1]
    if (object !== undefined) storePaths.set(object, (storePaths.get(object) ?? 0) + size)
    else if (entry.kind === 'file') files.set(showBytes(entry.path), size)
    if (entry.kind === 'file' && size <= recordLimit && isRecord(entry.path)) records.set(entry.path, textOf(entry))
  }
  return { entries, storePaths, files, records }
}

const objectRule = /^nix\/store\/([0-9abcdfghijklmnpqrsvwxyz]{32}-[^/]+)/
/** No package's list of files is larger; protects memory from images that others made. */
const recordLimit = 16 * 1_048_576

function sizeOf(entry: Entry): number {
  return entry.kind === 'file' ? entry.content.size : 0
}

function textOf(entry: Entry): string {
  return entry.kind === 'file' ? Buffer.from(gather(entry.content.open())).toString('utf8') : ''
}
