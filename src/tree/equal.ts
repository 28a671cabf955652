/** Compares entries as parts of an image: ignores times and owners' names, since an image sets them for all entries. */
import type { LocalContent } from '../base/bytes.ts'
import { type Entry, hasMetadata, type Metadata } from './entry.ts'

/** Same kind, permissions, owner, attributes, and content or target. Reads files only if all else is equal. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (hasMetadata(a) && hasMetadata(b) && !sameMetadata(a.metadata, b.metadata)) return false
  if (a.kind === 'file') return b.kind === 'file' && sameContent(a.content, b.content)
  if (a.kind === 'symlink') return b.kind === 'symlink' && a.target === b.target
  if (a.kind === 'hardlink') return b.kind === 'hardlink' && a.target === b.target
  if (a.kind === 'device')
    return b.kind === 'device' && a.device === b.device && a.major === b.major && a.minor === b.minor
  return a.kind === b.kind
}

/** Same permissions, owner and attributes. */
export function sameMetadata(a: Metadata, b: Metadata): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && sameXattrs(a.xattrs, b.xattrs)
}

/** Same bytes. */
export function sameContent(a: LocalContent, b: LocalContent): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  if (a.at !== undefined && a.at.file === b.at?.file && a.at.offset === b.at.offset) return true
  return sameBytes(a.open(), b.open())
}

function sameXattrs(a: Metadata['xattrs'], b: Metadata['xattrs']): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  return a.entries().every(([name, value]) => {
    const other = b.get(name)
    return other !== undefined && Buffer.compare(value, other) === 0
  })
}

/** Chunk boundaries may differ between the two. */
function sameBytes(a: Iterable<Uint8Array>, b: Iterable<Uint8Array>): boolean {
  const others = b[Symbol.iterator]()
  let rest: Uint8Array = new Uint8Array()
  try {
    for (let chunk of a) {
      while (chunk.length > 0) {
        if (rest.length === 0) rest = others.next().value ?? rest
        const length = Math.min(chunk.length, rest.length)
        if (length === 0 || Buffer.compare(chunk.subarray(0, length), rest.subarray(0, length)) !== 0) return false
        chunk = chunk.subarray(length)
        rest = rest.subarray(length)
      }
    }
    return rest.length === 0 && others.next().done === true
  } finally {
    others.return?.()
  }
}
