/**
 * Writes a tree as a store object in one walk: its NAR is hashed while its files are written.
 *
 * A file that equals the file of that name in an earlier object becomes a hard link to it, as `nix-store --optimise` makes them: a
 * directory in which one file has changed takes little time and space again.
 */

import { completed, writeNar } from '../format/nar/write.ts'
import type { FileEntry } from '../tree/entry.ts'
import { sameEntry } from '../tree/equal.ts'
import { placeOf } from '../tree/place.ts'
import { Restorer } from '../tree/restore.ts'
import { asStoreObject } from '../tree/transform.ts'
import { type Tree, treeFrom } from '../tree/tree.ts'
import { objectTree } from './disk-reader.ts'
import { type NarSummary, narDigest } from './nix/nar-digest.ts'
import type { StorePath } from './store-path.ts'

/** What to look for in a tree, and in which object its files may already exist. */
export interface TreeHints {
  readonly candidates: readonly StorePath[]
  /** Location of an object that is probably similar. */
  readonly similar?: string | undefined
}

/** Writes a tree to `place`. @throws BuildError nar.unsupported-entry, disk.* */
export function writeTree(place: string, tree: Tree, { candidates, similar }: TreeHints): NarSummary {
  const digest = narDigest(candidates)
  using restorer = new Restorer(place)
  const restoring = restoredOnTheWay(asStoreObject(completed(tree)), restorer, similar)
  for (const chunk of writeNar(restoring)) digest.push(chunk)
  restorer.finish()
  return digest.summary()
}

/** A tree whose entries are restored once they have been read, and files while they are read. */
function restoredOnTheWay(tree: Tree, restorer: Restorer, similar: string | undefined): Tree {
  const earlier = similar === undefined ? undefined : { top: similar, tree: objectTree(similar) }
  return treeFrom({
    *below(top) {
      for (const entry of tree.below(top)) {
        if (entry.kind === 'file') {
          yield { ...entry, content: { size: entry.content.size, open: () => written(entry, restorer, earlier) } }
        } else {
          yield entry
          restorer.take(entry)
        }
      }
    },
  })
}

interface Earlier {
  readonly top: string
  readonly tree: Tree
}

/** Writes a file, or links it; yields its content. */
function* written(file: FileEntry, restorer: Restorer, earlier: Earlier | undefined): Generator<Uint8Array> {
  const equal = earlier?.tree.get(file.path)
  if (earlier !== undefined && equal?.kind === 'file' && sameEntry(file, equal)) {
    if (restorer.share(file.path, placeOf(earlier.top, file.path))) {
      yield* equal.content.open()
      return
    }
  }
  const { kind, path, metadata, content } = file
  restorer.take({ kind, path, metadata, size: content.size })
  for (const bytes of content.open()) {
    restorer.take({ kind: 'bytes', bytes })
    yield bytes
  }
}
