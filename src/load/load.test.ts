import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { BuildError } from '../base/error.ts'
import { load, loadTarget, parseTarget } from './load.ts'
import { runningVersion } from './version.ts'

const folder = mkdtempSync(join(tmpdir(), 'slipway-load-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const textModule = new URL('../source/text.ts', import.meta.url).href
const usesText = `import { writeText } from ${JSON.stringify(textModule)}\n`

/** Writes files into a folder of their own, whose package.json is as `npm init -y` makes it. */
function project(files: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(folder, 'project-'))
  const all = { 'package.json': '{ "name": "app", "version": "1.0.0", "type": "commonjs" }', ...files }
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(home, name)), { recursive: true })
    writeFileSync(join(home, name), text)
  }
  return home
}

async function failure(work: Promise<unknown>): Promise<BuildError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof BuildError, String(thrown))
  return thrown
}

test('load: FILE#name is split at the last #, and the default export is meant when none is named', () => {
  assert.deepEqual(parseTarget('image.ts'), { file: 'image.ts', name: 'default' })
  assert.deepEqual(parseTarget('image.ts#'), { file: 'image.ts', name: 'default' })
  assert.deepEqual(parseTarget('c#/image.ts#redis'), { file: 'c#/image.ts', name: 'redis' })
})

test('load: every exported package is found, promises are awaited, other values are left alone', async () => {
  const home = project({
    'image.ts': `${usesText}export const a = writeText('a', 'x')\nexport const b = Promise.resolve(writeText('b', 'x'))\nexport const n: number = 1\nexport default a`,
  })
  const { packages } = await load(join(home, 'image.ts'))
  assert.deepEqual([...packages.keys()], ['a', 'b', 'default'])
  assert.equal(packages.get('default')?.path, packages.get('a')?.path)
})

test('load: TypeScript, .mjs and .js are ES modules in a "commonjs" project', async () => {
  for (const ending of ['ts', 'mts', 'js', 'mjs']) {
    const home = project({ [`image.${ending}`]: `${usesText}export default writeText('motd', 'x')` })
    assert.equal((await loadTarget(parseTarget(join(home, `image.${ending}`)))).chosen.name, 'motd')
  }
})

test('load: a .cjs file may require, and its module.exports is the default export', async () => {
  const home = project({
    'image.cjs': `const { writeText } = require(${JSON.stringify(fileURLToPath(textModule))})\nmodule.exports = writeText('motd', 'x')`,
  })
  assert.equal((await loadTarget(parseTarget(join(home, 'image.cjs')))).chosen.name, 'motd')
})

test('load: relative imports find .ts files without their ending, by .js, and as a folder', async () => {
  const home = project({
    'image.ts': `${usesText}import { a } from './lib/a'\nimport { b } from './lib/b.js'\nimport { c } from './lib'\nimport { d } from './lib/d.js'\nimport e from './lib/e.js'\nexport default writeText(a + b + c + d + e, 'x')`,
    'lib/a.ts': 'export const a: string = "a"',
    'lib/b.ts': 'export const b: string = "b"',
    'lib/index.ts': 'export const c: string = "c"',
    'lib/d.js': 'export const d = "d"',
    'lib/e.js': 'module.exports = "e"',
  })
  assert.equal((await loadTarget(parseTarget(join(home, 'image.ts')))).chosen.name, 'abcde')
})

test('load: another version of slipway in the project is an error that names both', async () => {
  const home = project({
    'image.ts': 'import { build } from "slipway"\nexport default build',
    'node_modules/slipway/package.json': '{ "name": "slipway", "version": "99.0.0", "exports": "./index.js" }',
    'node_modules/slipway/index.js': '',
  })
  const error = await failure(load(join(home, 'image.ts')))
  assert.equal(error.code, 'load.other-version')
  assert.ok(error.message.includes('99.0.0') && error.message.includes(runningVersion()))
})

const refusals: readonly (readonly [code: string, what: string, source: string, place: string, says: RegExp])[] = [
  [
    'load.typescript-only',
    'an enum',
    'import type { A } from "b"\n\nenum X { A }\nexport default X',
    'image.ts:3',
    /constant object/,
  ],
  [
    'load.typescript-only',
    'a parameter property',
    'class A {\n constructor(private x: number) {} }',
    'image.ts:2',
    /constructor/,
  ],
  ['load.typescript-only', 'a .ts file under node_modules', 'import "dep"', 'image.ts', /node_modules\/dep\/index\.ts/],
  [
    'load.syntax',
    'TypeScript that does not parse',
    'const a = 1\nconst b = {\n  c:\n}',
    'image.ts:4',
    /does not parse/,
  ],
  ['load.syntax', 'a name declared twice', 'const a: number = 1\nconst a = 2', 'image.ts:2', /already been declared/],
  ['load.syntax', 'require in a module', '\nconst fs = require("node:fs")', 'image.ts:2', /Write import/],
  ['load.syntax', 'an imported file that does not parse', 'import "./broken.js"', 'broken.js:3', /does not parse/],
  [
    'load.import',
    'a type imported as a value',
    'import {\n T } from "./t.ts"\nexport default 1 as T',
    'image.ts:2',
    /import type \{ T \}/,
  ],
  ['load.import', 'a missing module', '\nimport "./nope.ts"', 'image.ts:2', /nope\.ts, which does not exist/],
  ['load.import', 'a missing package', '\n\nimport "leftpad"', 'image.ts:3', /npm install leftpad/],
  [
    'load.threw',
    'an error at the top level',
    'function f() {\n throw new Error("boom") }\nf()',
    'image.ts:2',
    /Error: boom/,
  ],
  ['load.threw', 'something thrown that is no error', 'throw "boom"', 'image.ts', /"boom"/],
  ['load.threw', 'a rejected export', 'export default Promise.reject(new Error("late"))', 'image.ts:1', /late/],
  [
    'argument.invalid',
    'an error of slipway',
    `${usesText}\nwriteText("a b", "x")`,
    'image.ts:3',
    /is not a valid name for a store path/,
  ],
  ['load.no-export', 'no export at all', 'const a = 1', 'image.ts', /export default/],
  [
    'load.not-a-package',
    'exports of other kinds',
    'export const a = [1], f = () => 1',
    'image.ts',
    /"a" \(an array\), "f" \(a function\)/,
  ],
]

for (const [code, what, source, place, says] of refusals) {
  test(`load refuses ${what}, with its place`, async () => {
    const home = project({
      'image.ts': source,
      't.ts': 'export type T = number',
      'broken.js': 'import "node:fs"\nexport const a = {\n  b: }\n',
      'node_modules/dep/package.json': '{ "name": "dep", "exports": "./index.ts" }',
      'node_modules/dep/index.ts': 'export const a: number = 1',
    })
    const error = await failure(load(join(home, 'image.ts')))
    assert.equal(error.code, code)
    assert.match(error.message, says)
    assert.ok(error.message.includes(`${place}${place.includes(':') ? ':' : ''}`), error.message)
    assert.ok(!error.message.includes('\n'), 'one line')
  })
}

test('load: only scripts are accepted: a missing file, a directory and JSON are refused', async () => {
  const home = project({ 'image.ts': '', 'lib/redis.ts': '', 'a.json': '{}' })
  const absent = await failure(load(join(home, 'imag.ts')))
  assert.equal(absent.code, 'load.not-found')
  assert.match(absent.message, /Did you mean "image\.ts"/)
  const directory = await failure(load(join(home, 'lib')))
  assert.equal(directory.code, 'load.not-a-script')
  assert.match(directory.message, /redis\.ts/)
  assert.equal((await failure(load(join(home, 'a.json')))).code, 'load.not-a-script')
})

test('load: an export that is not there gives the nearest names', async () => {
  const home = project({ 'image.ts': `${usesText}export const redis = writeText('redis', 'x')` })
  const misspelt = await failure(loadTarget(parseTarget(join(home, 'image.ts#rediss'))))
  assert.equal(misspelt.code, 'load.no-export')
  assert.match(misspelt.message, /Did you mean "redis"/)
  const noDefault = await failure(loadTarget(parseTarget(join(home, 'image.ts'))))
  assert.match(noDefault.message, /image\.ts#redis/)
})
