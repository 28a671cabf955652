/** Facts about a base's root file system, remembered by its layers: combining the layers of a large base takes a tenth of a second. */

import { type Digest, digestOf } from '../base/digest.ts'
import { isPlainObject } from '../base/document.ts'
import type { Memory } from '../store/store.ts'
import { parseStorePath, type StorePath } from '../store/store-path.ts'
import type { Entry } from '../tree/entry.ts'
import { type DirectoryLinks, directoryLinks } from '../tree/links.ts'
import { baseName, entryPathOf, parent, path } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'

/** Facts about a base. */
export interface BaseFacts {
  /** Its symbolic links to directories: `bin` → `usr/bin`. */
  readonly links: DirectoryLinks
  /** The store objects that it holds. */
  readonly storePaths: ReadonlySet<StorePath>
}

const kind = 'base-facts-1'

/** Returns the facts about a base. @param tree - its root file system; not looked at if the facts are remembered */
export function baseFacts(tree: Tree, diffIds: readonly Digest[], memory: Memory): BaseFacts {
  const key = digestOf(diffIds.join(' '))
  const known = memory.fact(kind, key)
  const remembered = known === undefined ? undefined : parsed(known)
  if (remembered !== undefined) return remembered
  const found = { links: directoryLinks(tree), storePaths: storePathsIn(tree) }
  memory.rememberFact(kind, key, JSON.stringify({ links: [...found.links], storePaths: [...found.storePaths] }))
  return found
}

/** Parses remembered facts; undefined if they are not what this version writes. */
function parsed(text: string): BaseFacts | undefined {
  const value: unknown = JSON.parse(text)
  if (!isPlainObject(value) || !Array.isArray(value.links) || !Array.isArray(value.storePaths)) return undefined
  const links = value.links.flatMap((pair: unknown) =>
    Array.isArray(pair) ? [[entryPathOf(String(pair[0])), entryPathOf(String(pair[1]))] as const] : [],
  )
  return {
    links: new Map(links),
    storePaths: new Set(value.storePaths.flatMap((each) => parseStorePath(String(each)) ?? [])),
  }
}

const storeRoot = path('nix/store')

function storePathsIn(tree: Tree): ReadonlySet<StorePath> {
  return new Set([...tree.below(storeRoot)].flatMap(storePathAt))
}

function storePathAt(entry: Entry): readonly StorePath[] {
  const found = parent(entry.path) === storeRoot ? parseStorePath(baseName(entry.path)) : undefined
  return found === undefined ? [] : [found]
}
