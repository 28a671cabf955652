/**
 * `slipway.lock`: all sets of a project, as JSON that people read and merge.
 *
 * Inverse of each other: `formatLock` (keys sorted, one package or index a line) and `parseLock` (strict; every complaint names the line).
 * Where the file lies: `lockFileOf`.
 */
import { dirname, join } from 'node:path'
import { digestFromHex, hexOf } from '../../base/digest.ts'
import { isPlainObject } from '../../base/document.ts'
import { fail, messageOf } from '../../base/error.ts'
import { realPath } from '../../base/real-path.ts'
import type { Workshop } from '../../source/package.ts'
import { isPoolPath } from '../archive/universe.ts'
import type { DebianSet } from '../options.ts'
import type { Base, LockedIndex, LockedPackage, LockedSet } from './resolution.ts'

/** Sets by key. */
export type Lock = ReadonlyMap<string, LockedSet>

const formatVersion = 1
const fileName = 'slipway.lock'

/** The key of a set: suite, architecture, and the options that change what is chosen. */
export function lockKey(set: DebianSet, architecture: string): string {
  const words = ['debian', set.suite, architecture]
  if (set.essential !== 'shell') words.push(`essential=${set.essential}`)
  if (set.recommends) words.push('recommends')
  if (set.prefer.length > 0) words.push(`prefer=${set.prefer.join(',')}`)
  if (set.omit.length > 0) words.push(`omit=${set.omit.join(',')}`)
  return words.join(' ')
}

/** The lock of a set: its `lock`, else the nearest one from its home upwards, else beside the nearest `package.json`, else in its home. */
export function lockFileOf(set: DebianSet, shop: Workshop): string {
  return realPath(chosenFile(set, shop))
}

function chosenFile(set: DebianSet, shop: Workshop): string {
  if (set.lock !== undefined) return set.lock
  const folders = upwards(set.directory)
  const has = (folder: string, name: string) => shop.project.read(join(folder, name)) !== undefined
  const locked = folders.find((folder) => has(folder, fileName))
  return join(locked ?? folders.find((folder) => has(folder, 'package.json')) ?? set.directory, fileName)
}

function upwards(folder: string): readonly string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...upwards(above)]
}

/** The lock in a file; empty where there is none. @throws BuildError lock.invalid, lock.conflict-markers */
export function readLock(file: string, shop: Workshop): Lock {
  const bytes = shop.project.read(file)
  return bytes === undefined ? new Map() : parseLock(Buffer.from(bytes).toString('utf8'), file)
}

/** A lock as text. Inverse of `parseLock`. */
export function formatLock(lock: Lock): string {
  const sets = sorted(lock).map(([key, set]) => `    ${JSON.stringify(key)}: ${formatSet(set)}`)
  return `{\n  "format": ${formatVersion},\n  "sets": {\n${sets.join(',\n')}\n  }\n}\n`
}

function formatSet({ indexes, roots, implied, ids, packages }: LockedSet): string {
  const list = (lines: readonly string[]) => block('[', lines, ']')
  const map = (entries: readonly (readonly [string, unknown])[]) =>
    block(
      '{',
      entries.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`),
      '}',
    )
  return [
    '{',
    `      "indexes": ${list(indexes.map((index) => JSON.stringify(plainIndex(index))))},`,
    `      "roots": ${list([...roots].sort().map((root) => JSON.stringify(root)))},`,
    `      "implied": ${JSON.stringify(implied)},`,
    `      "users": ${map(sorted(ids.users))},`,
    `      "groups": ${map(sorted(ids.groups))},`,
    `      "packages": ${map(sorted(packages).map(([name, locked]) => [name, plainPackage(locked)]))}`,
    '    }',
  ].join('\n')
}

function block(open: string, lines: readonly string[], close: string): string {
  return lines.length === 0
    ? open + close
    : `${open}\n${lines.map((line) => `        ${line}`).join(',\n')}\n      ${close}`
}

function plainIndex({ suite, base, date, release, file, size, sha256 }: LockedIndex): object {
  return { suite, base, date, release: hexOf(release), file, size, sha256: hexOf(sha256) }
}

function plainPackage({ version, architecture, base, file, size, sha256, requires }: LockedPackage): object {
  return { version, architecture, base, file, size, sha256: hexOf(sha256), requires }
}

/** A lock from its text. Inverse of `formatLock`. @throws BuildError lock.invalid, lock.conflict-markers */
export function parseLock(text: string, file: string): Lock {
  const marker = text.split('\n').findIndex((line) => /^(<{7}|={7}|>{7}|\|{7})( |\r?$)/.test(line))
  if (marker >= 0) {
    fail('lock.conflict-markers', `${file}:${marker + 1}: the lock has a merge conflict in it.`, {
      remedy:
        'Take either side (`git checkout --theirs -- slipway.lock`), then run `slipway lock FILE`, which adds what is missing.',
      detail: { file, line: marker + 1 },
    })
  }
  const reader: Reader = { file, text, at: 0 }
  const top = fieldsOf(reader, parseJson(reader), 'the lock')
  if (top.format !== formatVersion)
    refuse(reader, `has format ${JSON.stringify(top.format)}; this slipway reads ${formatVersion}`)
  const sets = Object.entries(fieldsOf(reader, top.sets, 'sets'))
  return new Map(sets.map(([key, value]) => [key, readSet(goTo(reader, key), value)]))
}

/** What is read, and how far: to say the line of what is wrong. */
interface Reader {
  readonly file: string
  readonly text: string
  readonly at: number
}

function parseJson(reader: Reader): unknown {
  try {
    const value: unknown = JSON.parse(reader.text)
    return value
  } catch (cause) {
    const start = placeOf(messageOf(cause), reader.text)
    return refuse({ ...reader, at: start }, `is not JSON (${messageOf(cause)})`)
  }
}

/** Where the engine's message says the text goes wrong: by line, or by ten characters on either side. */
function placeOf(message: string, text: string): number {
  const line = /\(line (\d+) /.exec(message)?.[1]
  if (line !== undefined) return text.split('\n', Number(line)).join('\n').length
  const around = /\.\.\."(.*)"\.\.\. is not valid JSON$/s.exec(message)?.[1]
  const found = around === undefined ? -1 : text.indexOf(around)
  return found < 0 ? text.length : found + 10
}

function readSet(reader: Reader, value: unknown): LockedSet {
  const { indexes, roots, implied, users, groups, packages } = fieldsOf(reader, value, 'a set')
  const inPackages = goTo(reader, 'packages')
  const read = new Map(
    Object.entries(fieldsOf(inPackages, packages, 'packages')).map(([name, each]) => [
      name,
      readPackage(goTo(inPackages, name), name, each),
    ]),
  )
  for (const { name, requires } of read.values()) {
    const lacking = requires.find((other) => !read.has(other))
    if (lacking !== undefined)
      refuse(goTo(inPackages, name), `says that ${name} requires ${lacking}, which it does not have`)
  }
  const named = (key: string, value: unknown) => {
    const names = textsOf(goTo(reader, key), value, key)
    const lacking = names.find((name) => !read.has(name))
    return lacking === undefined
      ? names
      : refuse(goTo(reader, key), `names ${lacking} among its ${key} and has no such package`)
  }
  return {
    indexes: listOf(goTo(reader, 'indexes'), indexes, 'indexes').map((each) =>
      readIndex(goTo(reader, 'indexes'), each),
    ),
    roots: named('roots', roots),
    implied: named('implied', implied),
    ids: { users: readIds(goTo(reader, 'users'), users), groups: readIds(goTo(reader, 'groups'), groups) },
    packages: read,
  }
}

function readPackage(reader: Reader, name: string, value: unknown): LockedPackage {
  const { version, architecture, requires, ...rest } = fieldsOf(reader, value, name)
  return {
    name,
    version: textOf(reader, version, 'version'),
    architecture: textOf(reader, architecture, 'architecture'),
    ...readFile(reader, rest),
    requires: textsOf(reader, requires, 'requires'),
  }
}

function readIndex(reader: Reader, value: unknown): LockedIndex {
  const { suite, date, release, ...rest } = fieldsOf(reader, value, 'an index')
  return {
    suite: textOf(reader, suite, 'suite'),
    date: textOf(reader, date, 'date'),
    release: digestFromHex(textOf(reader, release, 'release')) ?? refuse(reader, 'has a release that is no SHA-256'),
    ...readFile(reader, rest),
  }
}

function readFile(
  reader: Reader,
  { base, file, size, sha256 }: Readonly<Record<string, unknown>>,
): Pick<LockedPackage, 'base' | 'file' | 'size' | 'sha256'> {
  const path = textOf(reader, file, 'file')
  return {
    base: isBase(base) ? base : refuse(reader, 'has a base that is neither "archive" nor "security"'),
    file: isPoolPath(path) ? path : refuse(reader, `has the file ${JSON.stringify(path)}, which leads out of its base`),
    size:
      typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
        ? size
        : refuse(reader, 'has a size that is no number of bytes'),
    sha256: digestFromHex(textOf(reader, sha256, 'sha256')) ?? refuse(reader, 'has a sha256 that is no SHA-256'),
  }
}

function readIds(reader: Reader, value: unknown): ReadonlyMap<string, number> {
  const entries = Object.entries(fieldsOf(reader, value, 'ids'))
  return new Map(
    entries.map(([name, id]) => [
      name,
      typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 65_536
        ? id
        : refuse(goTo(reader, name), `has no usable id for ${name}`),
    ]),
  )
}

function isBase(value: unknown): value is Base {
  return value === 'archive' || value === 'security'
}

function fieldsOf(reader: Reader, value: unknown, what: string): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : refuse(reader, `has for ${what} no object`)
}

function listOf(reader: Reader, value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(reader, `has for ${what} no list`)
}

function textsOf(reader: Reader, value: unknown, what: string): readonly string[] {
  return listOf(reader, value, what).map((each) => textOf(reader, each, what))
}

function textOf(reader: Reader, value: unknown, what: string): string {
  return typeof value === 'string' && value !== '' ? value : refuse(reader, `has no ${what}`)
}

/** The reader at a key further on. */
function goTo(reader: Reader, key: string): Reader {
  const found = reader.text.indexOf(`${JSON.stringify(key)}:`, reader.at)
  return found < 0 ? reader : { ...reader, at: found }
}

function refuse({ file, text, at }: Reader, what: string): never {
  const line = text.slice(0, at).split('\n').length
  return fail('lock.invalid', `${file}:${line}: the lock ${what}.`, {
    remedy: 'Restore the file from version control, or delete it and run `slipway lock FILE`.',
    detail: { file, line },
  })
}

function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
