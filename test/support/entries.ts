/**
 * Generated entries of every kind, with everything that a tar archive can represent: for property tests and for comparisons with other
 * programs.
 */
import fc from 'fast-check'
import { contentOf } from '../../src/base/bytes.ts'
import type { Entry, Metadata } from '../../src/tree/entry.ts'
import { ancestors, comparePaths, type EntryPath, entryPathOf } from '../../src/tree/path.ts'

export interface Choices {
  /** Attribute values that are not UTF-8. */
  readonly binaryAttributes: boolean
  /** Whiteouts and opaque marks. */
  readonly whiteouts: boolean
  readonly devices: boolean
}

const all: Choices = { binaryAttributes: true, whiteouts: true, devices: true }

/** Entries in canonical order; files have no entries below them, and every hard link has an earlier target. */
export function arbitraryEntries(choices: Partial<Choices> = {}): fc.Arbitrary<readonly Entry[]> {
  const chosen = { ...all, ...choices }
  return fc
    .uniqueArray(fc.tuple(path, drafts(chosen)), { maxLength: 12, selector: ([at]) => at })
    .map((found) => found.map(([at, draft]) => draft(at)))
    .map((entries) => entries.sort((a, b) => comparePaths(a.path, b.path)))
    .map(withoutEntriesBelowFiles)
    .chain((entries) =>
      fc.array(fc.nat(), { minLength: 3, maxLength: 3 }).map((picks) => withHardLinks(entries, picks)),
    )
}

const byte = fc.integer({ min: 1, max: 255 }).filter((code) => code !== 47)
const bytes = (most: number): fc.Arbitrary<string> =>
  fc.array(byte, { minLength: 1, maxLength: most }).map((codes) => String.fromCharCode(...codes))
const text = (most: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: most })
    .map((value) => Buffer.from(value.replaceAll(/[/\0]/g, '_'), 'utf8').toString('latin1'))
const ascii = fc.stringMatching(/^[a-z0-9._-]{1,20}$/)
const long = fc.tuple(ascii, fc.integer({ min: 80, max: 220 })).map(([name, length]) => name.padEnd(length, 'x'))

const part = fc
  .oneof({ weight: 5, arbitrary: ascii }, { weight: 2, arbitrary: long }, text(20), bytes(20))
  .map((name) => name.slice(0, 240))
  .filter((name) => name !== '.' && name !== '..' && !name.startsWith('.wh.'))

const path: fc.Arbitrary<EntryPath> = fc.array(part, { maxLength: 4 }).map((parts) => entryPathOf(parts.join('/')))

const id = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  fc.nat(65_536),
  fc.integer({ min: 2 ** 21 - 1, max: 2 ** 32 - 2 }),
)
const ownerName = fc.oneof(fc.constantFrom('', 'root'), ascii, long, text(10), bytes(10))

function metadata({ binaryAttributes }: Choices): fc.Arbitrary<Metadata> {
  const value = binaryAttributes
    ? fc.uint8Array({ maxLength: 40 })
    : text(20).map((said) => Buffer.from(said, 'latin1'))
  return fc.record({
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: id,
    gid: id,
    uname: ownerName,
    gname: ownerName,
    mtime: fc.oneof(fc.constant(1), fc.integer({ min: -(2 ** 31), max: 2 ** 35 })),
    xattrs: fc
      .oneof(
        { weight: 4, arbitrary: fc.constant<[string, Uint8Array][]>([]) },
        fc.array(fc.tuple(fc.stringMatching(/^user\.[a-z]{1,5}$/), value)),
      )
      .map((pairs) => new Map(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)))),
  })
}

type Draft = (path: EntryPath) => Entry

function drafts(choices: Choices): fc.Arbitrary<Draft> {
  const about = metadata(choices)
  const directory = about.map(
    (metadata): Draft =>
      (path) => ({ kind: 'directory', path, metadata }),
  )
  const file = fc.tuple(
    about,
    fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.uint8Array({ minLength: 500, maxLength: 1200 })),
  )
  const number = fc.nat(2 ** 20)
  const kinds: fc.Arbitrary<Draft>[] = [
    directory,
    file.map(
      ([metadata, content]): Draft =>
        (path) =>
          path === ''
            ? { kind: 'directory', path, metadata }
            : { kind: 'file', path, metadata, content: contentOf(content) },
    ),
    fc.tuple(about, fc.oneof(ascii, long, text(20), bytes(120))).map(
      ([metadata, target]): Draft =>
        (path) =>
          path === '' ? { kind: 'directory', path, metadata } : { kind: 'symlink', path, metadata, target },
    ),
    about.map(
      (metadata): Draft =>
        (path) => ({ kind: path === '' ? 'directory' : 'fifo', path, metadata }),
    ),
  ]
  if (choices.devices)
    kinds.push(
      fc.tuple(about, fc.constantFrom('char', 'block'), number, number).map(
        ([metadata, device, major, minor]): Draft =>
          (path) =>
            path === ''
              ? { kind: 'directory', path, metadata }
              : { kind: 'device', path, metadata, device, major, minor },
      ),
    )
  if (choices.whiteouts)
    kinds.push(
      about.map(
        (metadata): Draft =>
          (path) =>
            path === '' ? { kind: 'directory', path, metadata } : { kind: 'whiteout', path },
      ),
      fc.constant((path) => ({ kind: 'opaque', path })),
    )
  return fc.oneof(...kinds)
}

function withoutEntriesBelowFiles(entries: readonly Entry[]): Entry[] {
  const kinds = new Map(entries.map(({ path, kind }) => [path, kind]))
  return entries.filter(({ path }) =>
    ancestors(path).every((above) => kinds.get(above) === undefined || kinds.get(above) === 'directory'),
  )
}

function withHardLinks(entries: Entry[], picks: readonly number[]): readonly Entry[] {
  const result = [...entries]
  for (const pick of picks) {
    const at = pick % 7
    const target = result.slice(0, at).find(({ kind }) => kind === 'file' || kind === 'symlink')
    const replaced = result[at]
    if (target !== undefined && replaced?.kind === 'fifo')
      result[at] = { kind: 'hardlink', path: replaced.path, target: target.path }
  }
  return result
}
