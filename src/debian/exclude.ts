/**
 * Files of Debian packages that an image may not need: documentation, manual pages, translations.
 *
 * Copyright files stay, since licences require them, with the links by which packages share a documentation directory; so do C.UTF-8 and
 * other compiled locales (/usr/lib/locale), which programs need. Debian's own slim images exclude the same paths.
 */
import { type EntryPath, isWithin, path } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'

/** Kinds of files that can be excluded. */
export type Exclude = 'doc' | 'man' | 'locale'

const folders: Readonly<Record<Exclude, readonly EntryPath[]>> = {
  doc: ['doc', 'doc-base', 'info', 'gtk-doc', 'lintian', 'linda'].map((name) => path(`usr/share/${name}`)),
  man: [path('usr/share/man')],
  locale: [path('usr/share/locale')],
}

const documentation = path('usr/share/doc')

/** Excluded paths of a package, each with everything below it. */
export function excludedPaths(tree: Tree, exclude: readonly Exclude[]): readonly EntryPath[] {
  const found: EntryPath[] = []
  for (const { path } of tree.entries()) {
    const last = found.at(-1)
    const isBelow = last !== undefined && isWithin(path, last)
    if (!isBelow && isExcluded(path, exclude)) found.push(path)
  }
  return found
}

/** Tells whether an entry at this path is excluded. The directories themselves stay, since other packages and `mkdir` expect them. */
export function isExcluded(at: EntryPath, exclude: readonly Exclude[]): boolean {
  return exclude.some((kind) => folders[kind].some((folder) => isWithin(at, folder) && at !== folder && !isKept(at)))
}

// usr/share/doc/<package>, whether directory or link, and its copyright file.
function isKept(at: EntryPath): boolean {
  if (!isWithin(at, documentation)) return false
  const below = at.slice(documentation.length + 1).split('/')
  return below.length === 1 || (below.length === 2 && below[1] === 'copyright')
}
