/**
 * Reads a Nix archive (NAR) from a stream, in bounded memory, trusting nothing.
 *
 * Follows the Nix manual, "Nix Archive (NAR) format", strictly: names in ascending byte order (so no duplicates), never "", ".",
 * ".." or containing "/" or NUL, zero padding, nothing after the end. What is refused here never reaches the disk.
 */
import type { Bytes } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import { plain } from '../../tree/entry.ts'
import { type EntryPath, join, root, showBytes } from '../../tree/path.ts'
import type { Step } from '../../tree/restore.ts'

/** Linux's NAME_MAX and PATH_MAX: nothing longer can be restored, and with the path the depth is bounded. */
const longestName = 255
const longestPath = 4095

/** Files of a store are read-only and have mtime 1. */
const readable = plain(0o444)
const executable = plain(0o555)
const link = plain(0o777)

/**
 * Parses the archive into steps for `restoring`: each entry, parents first, followed by a file's content in chunks. Inverse of `writeNar`.
 *
 * @throws BuildError nar.invalid
 */
export function* readNar(bytes: Iterable<Uint8Array>): Generator<Step> {
  const reader = readerOf()
  for (const chunk of bytes) yield* reader.take(chunk)
  yield* reader.end()
}

/** Parses an archive whose bytes arrive asynchronously. @throws BuildError nar.invalid */
export async function* receiveNar(bytes: Bytes): AsyncGenerator<Step> {
  const reader = readerOf()
  for await (const chunk of bytes) yield* reader.take(chunk)
  yield* reader.end()
}

/** Bytes received and not yet parsed. `before` counts the bytes of earlier chunks. */
interface Input {
  chunk: Uint8Array
  at: number
  before: number
  ended: boolean
}

/** Parts of the parser yield steps, or `more` to request bytes, and resume where they stopped. */
type Reading<T> = Generator<Step | 'more', T, void>

function readerOf(): { take(chunk: Uint8Array): Generator<Step>; end(): Generator<Step> } {
  const input: Input = { chunk: new Uint8Array(), at: 0, before: 0, ended: false }
  const steps = archive(input)
  function* untilMore(): Generator<Step> {
    for (let next = steps.next(); next.done !== true && next.value !== 'more'; next = steps.next()) yield next.value
  }
  return {
    *take(chunk) {
      input.before += input.chunk.length
      input.chunk = chunk
      input.at = 0
      yield* untilMore()
    },
    *end() {
      input.ended = true
      yield* untilMore()
    },
  }
}

interface Open {
  readonly path: EntryPath
  /** The previous name. */
  last: string
}

function* archive(input: Input): Reading<void> {
  yield* expect(input, 'nix-archive-1')
  const open: Open[] = []
  yield* node(input, root, open)
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const word = yield* string(input, longestWord)
    if (word === ')') {
      open.pop()
      if (directory.path !== root) yield* expect(input, ')')
    } else if (word === 'entry') {
      yield* entry(input, directory, open)
    } else invalid(input, `expected "entry" or ")", got ${quoted(word)}`)
  }
  while (!input.ended) {
    if (input.at < input.chunk.length) invalid(input, 'bytes follow the end')
    yield 'more'
  }
}

function* entry(input: Input, directory: Open, open: Open[]): Reading<void> {
  yield* expect(input, '(', 'name')
  const name = yield* string(input, longestName)
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
    invalid(input, `the name ${quoted(name)} is not allowed`)
  if (name <= directory.last) invalid(input, `the name ${quoted(name)} follows ${quoted(directory.last)}`)
  directory.last = name
  if (directory.path.length + 1 + name.length > longestPath)
    invalid(input, `a path is longer than ${longestPath} bytes`)
  const path = join(directory.path, name)
  yield* expect(input, 'node')
  yield* node(input, path, open)
}

/** Parses a node and its contents; a directory is left open. */
function* node(input: Input, path: EntryPath, open: Open[]): Reading<void> {
  yield* expect(input, '(', 'type')
  const type = yield* string(input, longestWord)
  if (type === 'directory') {
    yield { kind: 'directory', path, metadata: executable }
    open.push({ path, last: '' })
    return
  }
  if (type === 'regular') yield* regular(input, path)
  else if (type === 'symlink') yield* symlink(input, path)
  else invalid(input, `${quoted(type)} is not a node type`)
  yield* expect(input, ')')
  if (path !== root) yield* expect(input, ')')
}

function* regular(input: Input, path: EntryPath): Reading<void> {
  const word = yield* string(input, longestWord)
  if (word === 'executable') yield* expect(input, '', 'contents')
  else if (word !== 'contents') invalid(input, `expected "contents", got ${quoted(word)}`)
  const size = yield* integer(input)
  yield { kind: 'file', path, metadata: word === 'executable' ? executable : readable, size }
  for (let left = size; left > 0; ) {
    yield* some(input)
    const bytes = input.chunk.subarray(input.at, input.at + left)
    input.at += bytes.length
    left -= bytes.length
    yield { kind: 'bytes', bytes }
  }
  yield* padding(input, size)
}

function* symlink(input: Input, path: EntryPath): Reading<void> {
  yield* expect(input, 'target')
  const target = yield* string(input, longestPath)
  if (target === '' || target.includes('\0')) invalid(input, `a symbolic link to ${quoted(target)} is not allowed`)
  yield { kind: 'symlink', path, metadata: link, target }
}

const longestWord = 16

function* expect(input: Input, ...words: readonly string[]): Reading<void> {
  for (const word of words) {
    const found = yield* string(input, Math.max(longestWord, word.length))
    if (found !== word) invalid(input, `expected ${quoted(word)}, got ${quoted(found)}`)
  }
}

function* string(input: Input, longest: number): Reading<string> {
  const size = yield* integer(input)
  if (size > longest) invalid(input, `a string of ${size} bytes is longer than the ${longest} bytes allowed here`)
  const text = yield* take(input, size)
  yield* padding(input, size)
  return text
}

function* integer(input: Input): Reading<number> {
  const bytes = yield* take(input, 8)
  let value = 0
  for (let index = 7; index >= 0; index--) value = value * 256 + bytes.charCodeAt(index)
  if (!Number.isSafeInteger(value)) invalid(input, 'a length is beyond 2^53')
  return value
}

function* padding(input: Input, size: number): Reading<void> {
  const zeros = yield* take(input, (8 - (size % 8)) % 8)
  if (/[^\0]/.test(zeros)) invalid(input, 'padding is not zero')
}

/** Reads `size` bytes as latin1. */
function* take(input: Input, count: number): Reading<string> {
  let text = ''
  while (text.length < count) {
    yield* some(input)
    const end = Math.min(input.chunk.length, input.at + count - text.length)
    text += latin1(input.chunk, input.at, end)
    input.at = end
  }
  return text
}

/** Waits until there is at least one byte. */
function* some(input: Input): Reading<void> {
  while (input.at >= input.chunk.length) {
    if (input.ended) invalid(input, 'it is truncated')
    yield 'more'
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}

function quoted(bytes: string): string {
  return JSON.stringify(showBytes(bytes))
}

function invalid(input: Input, what: string): never {
  const at = input.before + input.at
  return fail('nar.invalid', `The Nix archive is not valid near byte ${at}: ${what}.`, {
    remedy: 'Fetch it or make it again.',
    detail: { at },
  })
}
