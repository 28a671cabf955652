/** A tree that is written to disk while it is read: so one pass over its NAR gives hash, size, references and the object itself. */
import type { LocalContent } from '../base/bytes.ts'
import type { Entry } from '../tree/entry.ts'
import { root } from '../tree/path.ts'
import { withParents } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import type { FileWriter, ObjectWriter } from './object-writer.ts'

/**
 * The tree as it is, for a NAR writer alone: that checks each entry before it asks for the next, and reads every content once, so an
 * entry is written only when it was found good.
 */
export function copiedTree(tree: Tree, writer: ObjectWriter): Tree {
  return { entries: () => copiedEntries(tree, writer) }
}

function* copiedEntries(tree: Tree, writer: ObjectWriter): Generator<Entry> {
  let first = true
  for (const entry of withParents(tree).entries()) {
    if (first && entry.path !== root) writer.directory(root)
    first = false
    yield entry.kind === 'file' ? { ...entry, content: copiedContent(entry.content, () => open(entry, writer)) } : entry
    if (entry.kind === 'directory') writer.directory(entry.path)
    if (entry.kind === 'symlink') writer.symlink(entry.path, entry.target)
  }
  if (first) writer.directory(root)
  writer.end()
}

function open(entry: Extract<Entry, { kind: 'file' }>, writer: ObjectWriter): FileWriter {
  return writer.file(entry.path, (entry.metadata.mode & 0o100) !== 0)
}

function copiedContent(content: LocalContent, create: () => FileWriter): LocalContent {
  return {
    size: content.size,
    open: function* () {
      const file = create()
      let whole = false
      try {
        for (const chunk of content.open()) {
          file.write(chunk)
          yield chunk
        }
        file.end()
        whole = true
      } finally {
        if (!whole) file.abandon()
      }
    },
  }
}
