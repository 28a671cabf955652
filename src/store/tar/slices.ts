/**
 * A directory in slices: layer files with consecutive parts of one tree, and an object that lists them in order.
 *
 * The list is a JSON file that refers to its slices: for each one, the path of its first entry (one character per byte) and its store path. An
 * unchanged slice is shared by all lists that name it.
 */
import { canonicalJson, isPlainObject } from '../../base/document.ts'
import { type EntryPath, entryPathOf, isWithin } from '../../tree/path.ts'
import { firstFrom, type Tree, treeFrom } from '../../tree/tree.ts'
import { logical, parseStorePath, type StorePath } from '../store-path.ts'

/** One slice of a directory. */
export interface ListedSlice {
  /** Path of its first entry. */
  readonly first: EntryPath
  readonly path: StorePath
}

/** Formats a list. Inverse of `parseSlices`. */
export function formatSlices(slices: readonly ListedSlice[]): string {
  return `${canonicalJson({ slices: slices.map(({ first, path }) => [first, logical(path)]) })}\n`
}

/** Parses a list; the store is trusted, since its objects are checked when they are added. */
export function parseSlices(text: string): readonly ListedSlice[] {
  const value: unknown = JSON.parse(text)
  const items: readonly unknown[] = isPlainObject(value) && Array.isArray(value.slices) ? value.slices : notAList()
  return items.map((item) => {
    const [first, path] = Array.isArray(item) ? item : notAList()
    return { first: entryPathOf(String(first)), path: parseStorePath(String(path)) ?? notAList() }
  })
}

/** The whole directory. A look-up opens only the slices that may have the path. */
export function slicedTree(slices: readonly ListedSlice[], open: (slice: StorePath) => Tree): Tree {
  return treeFrom({
    *below(top) {
      const next = firstFrom(top, slices.length, (index) => slices[index]?.first ?? '')
      const before = slices[next - 1]
      if (before !== undefined) yield* open(before.path).below(top)
      for (const { first, path } of slices.slice(next)) {
        if (!isWithin(first, top)) return
        yield* open(path).below(top)
      }
    },
  })
}

function notAList(): never {
  throw new Error('unreachable: the store has another object where slices are listed')
}
