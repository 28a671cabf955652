/** Trees for tests: generated ones of every shape that a disk can represent, and trees as readable lines. */
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { type Entry, hasMetadata } from '../../src/tree/entry.ts'
import { directory, executable, file, type Item, memoryTree, symlink } from '../../src/tree/memory.ts'
import { ancestors, type EntryPath, entryPathOf, show } from '../../src/tree/path.ts'
import type { Tree } from '../../src/tree/tree.ts'

/** Names that a careless order gets wrong, and names that are not UTF-8. */
const part = fc.constantFrom('a', 'b', 'a-b', 'a.b', 'A', ' x', '.h', '\xc3\xa4', '\xff', '\xf0\x9f\x98\x80', '~')
const path: fc.Arbitrary<EntryPath> = fc
  .array(part, { minLength: 1, maxLength: 4 })
  .map((parts) => entryPathOf(parts.join('/')))

/** Kinds of entries at a path. */
export interface Shapes {
  readonly hardLinks?: boolean
}

const mode = fc.constantFrom(0o755, 0o700, 0o1777)
const item: fc.Arbitrary<Item> = fc.oneof(
  fc
    .tuple(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0o644, 0o600, 0o4755))
    .map(([content, bits]) => file(content, { mode: bits })),
  fc.constant(executable('#!/bin/sh\n')),
  mode.map((bits) => directory({ mode: bits })),
  fc.constantFrom('a', '../x', '/nix/store', 'ä').map((target) => symlink(target)),
)

/** Trees with all parents; entries below files are omitted, hard links lead to remaining files. */
export function arbitraryTree(shapes: Shapes = {}): fc.Arbitrary<Tree> {
  return fc
    .tuple(
      fc.uniqueArray(fc.tuple(path, item), { maxLength: 14, selector: ([at]) => at }),
      fc.array(fc.nat(20), { maxLength: 3 }),
    )
    .map(([items, picks]) =>
      memoryTree(shapes.hardLinks === true ? withLinks(standing(items), picks) : standing(items)),
    )
}

function standing(items: readonly (readonly [EntryPath, Item])[]): Map<EntryPath, Item> {
  const kinds = new Map(items.map(([at, make]) => [at, make(at)[0]?.kind]))
  return new Map(
    items.filter(([at]) => ancestors(at).every((above) => (kinds.get(above) ?? 'directory') === 'directory')),
  )
}

function withLinks(items: Map<EntryPath, Item>, picks: readonly number[]): Map<EntryPath, Item> {
  const files = [...items].filter(([at, make]) => make(at)[0]?.kind === 'file').map(([at]) => at)
  for (const [index, pick] of picks.entries()) {
    const target = files[pick % Math.max(1, files.length)]
    if (target !== undefined) items.set(entryPathOf(`link${index}`), (at) => [{ kind: 'hardlink', path: at, target }])
  }
  return items
}

/** One line per entry: kind, path, contents. Without times. */
export function lines(tree: Tree): readonly string[] {
  return [...tree.entries()].map(lineOf)
}

function lineOf(entry: Entry): string {
  const start = `${entry.kind} /${show(entry.path)}`
  if (!hasMetadata(entry)) return entry.kind === 'hardlink' ? `${start} = /${show(entry.target)}` : start
  const { mode, uid, gid } = entry.metadata
  const about = `${mode.toString(8)} ${uid}:${gid}`
  if (entry.kind === 'file')
    return `${start} ${about} ${JSON.stringify(Buffer.from(gather(entry.content.open())).toString('latin1'))}`
  if (entry.kind === 'symlink') return `${start} ${about} -> ${Buffer.from(entry.target, 'latin1').toString('utf8')}`
  if (entry.kind === 'device') return `${start} ${about} ${entry.device} ${entry.major}:${entry.minor}`
  return `${start} ${about}`
}
