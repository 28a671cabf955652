/**
 * Checks src/ against the table in docs/architecture.md: which room imports which, which touches the machine, and what is loaded lazily.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

interface Room {
  readonly imports: readonly string[]
  /** What may be touched, mapped to the files of the room that may; an empty list means all of them. */
  readonly touches: ReadonlyMap<string, readonly string[]>
}

interface Import {
  readonly from: string
  readonly how: 'value' | 'type' | 'late'
}

const touching: Readonly<Record<string, RegExp>> = {
  disk: /^(node:)?fs(\/promises)?$|^fs-native-extensions$|^chokidar$/,
  network: /^node:(net|https?|http2|tls|dns(\/promises)?|dgram)$|^undici$/,
  processes: /^node:child_process$/,
  threads: /^node:worker_threads$/,
}

const mentioning: Readonly<Record<string, RegExp>> = {
  network: /(?<![.\w])fetch\(/,
  clock: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
  environment: /\bprocess\.env\b/,
  terminal: /(?<![.\w])console\.|\bprocess\.(stdout|stderr|exit)\b/,
  chance: /\bMath\.random\b/,
}

const heavy =
  /^(undici|openpgp|@napi-rs\/lzma.*|seek-bzip|cli-progress|fs-native-extensions|chokidar|@stricli\/core)$|^node:(sqlite|child_process|worker_threads|https?|net|tls)$/

const root = join(import.meta.dirname, '..')
const rooms = readTable(readFileSync(join(root, 'docs/architecture.md'), 'utf8'))
const files = globSync('src/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('.d.ts'))
  .sort()
const texts = new Map(files.map((file) => [file, withoutComments(readFileSync(join(root, file), 'utf8'))]))

test('every file of src is in a room of the table', () => {
  const strays = files.filter((file) => file !== 'src/index.ts' && !rooms.has(roomOf(file)))
  assert.deepEqual(strays, [])
})

test('a room imports only the rooms that the table allows', () => {
  const wrong: string[] = []
  for (const [file, text] of texts) {
    if (file === 'src/index.ts') continue
    for (const { from } of importsOf(text)) {
      if (!from.startsWith('.')) continue
      const target = roomOf(normalize(join(dirname(file), from)))
      if (target !== roomOf(file) && !rooms.get(roomOf(file))?.imports.includes(target))
        wrong.push(`${file} imports ${from}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('there are no import cycles, including types and dynamic imports', () => {
  const edges = new Map(
    [...texts].map(([file, text]) => [
      file,
      importsOf(text).flatMap(({ from }) => (from.startsWith('.') ? [normalize(join(dirname(file), from))] : [])),
    ]),
  )
  const circles = files.flatMap((file) => wayBack(file, edges) ?? [])
  assert.deepEqual(circles, [])
})

test('a room lists only rooms above it', () => {
  const above: string[] = []
  for (const [name, room] of rooms) {
    for (const imported of room.imports) assert.ok(above.includes(imported), `${name} lists ${imported}`)
    above.push(name)
  }
})

test('disk, network, processes, threads, clock, environment and terminal are touched only where the table allows it', () => {
  const wrong: string[] = []
  for (const [file, text] of texts) {
    const packages = importsOf(text)
      .filter(({ how }) => how !== 'type')
      .map(({ from }) => from)
    for (const [thing, pattern] of Object.entries(touching)) {
      const found = packages.find((name) => pattern.test(name))
      if (found !== undefined && !mayTouch(file, thing)) wrong.push(`${file} touches the ${thing} (${found})`)
    }
    for (const [thing, pattern] of Object.entries(mentioning)) {
      const found = pattern.exec(text)
      if (found !== null && !mayTouch(file, thing)) wrong.push(`${file} touches the ${thing} (${found[0]})`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('only src/index.ts consists of re-exports', () => {
  const barrels = [...texts].filter(([file, text]) => file !== 'src/index.ts' && isBarrel(text)).map(([file]) => file)
  assert.deepEqual(barrels, [])
})

test('describing an image loads nothing heavy', () => {
  assert.deepEqual(
    loaded(files.filter((file) => roomOf(file) === 'sets')).filter(([, from]) => heavy.test(from)),
    [],
  )
})

test('importing slipway, as every file that describes images does, loads neither HTTP nor a watcher', () => {
  const needed = /^node:(sqlite|child_process)$/
  const found = loaded(['src/index.ts']).filter(([, from]) => heavy.test(from) && !needed.test(from))
  assert.deepEqual(found, [])
})

/** What is loaded at once with some files: the way to each import, and its specifier. */
function loaded(starts: readonly string[]): readonly (readonly [way: string, from: string])[] {
  const reached = new Map(starts.map((file) => [file, file]))
  const found: [string, string][] = []
  // Iterating a map includes the entries added meanwhile.
  for (const [file, way] of reached) {
    for (const { from, how } of importsOf(texts.get(file) ?? '')) {
      if (how !== 'value') continue
      found.push([way, from])
      const target = normalize(join(dirname(file), from))
      if (from.startsWith('.') && !reached.has(target)) reached.set(target, `${way} → ${target}`)
    }
  }
  return found
}

/** Shortest path from a file's imports back to the file, as a string. */
function wayBack(file: string, edges: ReadonlyMap<string, readonly string[]>): string | undefined {
  const ways = new Map((edges.get(file) ?? []).map((next) => [next, `${file} → ${next}`]))
  // Iterating a map includes the entries added meanwhile.
  for (const [at, way] of ways) {
    if (at === file) return way
    for (const next of edges.get(at) ?? []) if (!ways.has(next)) ways.set(next, `${way} → ${next}`)
  }
  return undefined
}

function readTable(text: string): ReadonlyMap<string, Room> {
  const found = new Map<string, Room>()
  for (const [, name = '', imports = '', touches = ''] of text.matchAll(
    /^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|$/gm,
  )) {
    found.set(name, {
      imports: imports === 'every room above' ? [...found.keys()] : imports === '—' ? [] : imports.split(', '),
      touches: new Map(touches === 'nothing' ? [] : touches.split('; ').map(readTouch)),
    })
  }
  assert.ok(found.size > 10, 'the table was found')
  return found
}

function readTouch(words: string): [string, readonly string[]] {
  const [thing = '', where = ''] = words.split(' in ')
  assert.ok(thing in touching || thing in mentioning, `"${thing}" is a thing that can be touched`)
  return [thing, [...where.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')]
}

function roomOf(file: string): string {
  return file.split('/')[1] ?? ''
}

function mayTouch(file: string, thing: string): boolean {
  const named = rooms.get(roomOf(file))?.touches.get(thing)
  return named !== undefined && (named.length === 0 || named.some((name) => file.endsWith(`/${name}`)))
}

function importsOf(text: string): Import[] {
  const fixed = [...text.matchAll(/^(?:import|export)\b(\s+type\b)?[^'"`;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm)]
  const late = [...text.matchAll(/\bimport\(\s*'([^']+)'/g)]
  return [
    ...fixed.map(
      (match): Import => ({ from: match[2] ?? match[3] ?? '', how: match[1] === undefined ? 'value' : 'type' }),
    ),
    ...late.map((match): Import => ({ from: match[1] ?? '', how: 'late' })),
  ]
}

function isBarrel(text: string): boolean {
  const rest = text.replace(/^export\b[^;]*?from\s+'[^']+'/gm, '').trim()
  return rest === '' && text.trim() !== ''
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}
