/**
 * Modification times that are derived from content: servers that tell the versions of a file apart by its date and size (an ETag of nginx or
 * Apache, Last-Modified) see another version exactly when the bytes are others.
 */
import { createHash } from 'node:crypto'
import type { LocalContent } from '../../base/bytes.ts'
import type { FileEntry, Metadata } from '../../tree/entry.ts'
import { adjusted } from '../../tree/transform.ts'
import type { Tree } from '../../tree/tree.ts'

/** 2000-01-01 and 2020-01-01, both in UTC: never in the future, and representable in every archive and file system. */
const [earliest, latest] = [946_684_800, 1_577_836_800]

/** The tree with each file dated by its content, which is read when the date is asked for; other entries keep their times. */
export function withContentTimes(tree: Tree): Tree {
  return adjusted(tree, (entry) => (entry.kind === 'file' ? datedByContent(entry) : entry.metadata))
}

function datedByContent({ metadata, content }: FileEntry): Metadata {
  let time: number | undefined
  return {
    ...metadata,
    get mtime() {
      time ??= contentTime(content)
      return time
    },
  }
}

function contentTime(content: LocalContent): number {
  const hash = createHash('sha256')
  for (const piece of content.open()) hash.update(piece)
  return earliest + (hash.digest().readUIntBE(0, 6) % (latest - earliest))
}
