/** The public surface as an editor shows it: every type has a name that can be imported, and types refuse what builds would refuse. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { reachableFrom } from '../scripts/reference/reachable.ts'
import { build, debian, type LayeringStep, type Package, stream } from '../src/index.ts'
import { temporaryFolder } from './support/temporary.ts'

const root = join(import.meta.dirname, '..')
const { pkgs, dockerTools, writeText } = debian({ suite: 'bookworm' })

test('every type that a public parameter, field or result leads to is exported', () => {
  const reachable = reachableFrom({ config: join(root, 'tsconfig.json'), file: join(root, 'src/index.ts') })
  assert.ok(reachable.length > 100)
  assert.deepEqual(
    reachable.filter(({ isType, isExported }) => isType && !isExported).map(({ name, from }) => `${name}, in ${from}`),
    [],
  )
  const names = reachable.map(({ name }) => name)
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
    'one name, one declaration',
  )
})

test('reachableFrom follows signatures, heritage and indexed types, and neither bodies nor implementations', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'src'))
  const file = join(folder, 'src/index.ts')
  writeFileSync(
    join(folder, 'src/inner.ts'),
    `export interface A { b: B['c'] }
interface B extends D { c: string }
interface D {}
interface Body {}
interface Implementation {}
export function given(a: A): void
export function given(a: Implementation): void { const body: Body = {}; void [a, body] }
const list = ['x'] as const
export type Listed = (typeof list)[number]
`,
  )
  writeFileSync(file, "export { given } from './inner.ts'\nexport type { Listed as Renamed } from './inner.ts'\n")
  const compilerOptions = { allowImportingTsExtensions: true, noEmit: true, module: 'nodenext', types: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  const found = reachableFrom({ config: join(folder, 'tsconfig.json'), file })
  assert.deepEqual(
    found.map(({ name, isType, isExported, from }) => `${name} ${isType} ${isExported} ${from}`),
    [
      'given false true given',
      'Listed true true Listed',
      'A true false given',
      'list false false Listed',
      'B true false A',
      'D true false B',
    ],
  )
})

test('layeringPipeline accepts the steps of nixpkgs and refuses all others as types, too', () => {
  const valid: readonly LayeringStep<Package | string>[] = [
    ['split_paths', [pkgs('hello'), { children_of: [pkgs('bash'), pkgs('dash')] }]],
    [
      'over',
      'main',
      [
        'pipe',
        [
          ['subcomponent_in', pkgs('hello')],
          ['over', 'rest', ['popularity_contest']],
        ],
      ],
    ],
    ['flatten'],
    ['map', ['split_every', 5]],
    ['flatten'],
    ['reverse'],
    ['limit_layers', 20],
  ]
  dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: valid })
  const refused: readonly (() => unknown)[] = [
    // @ts-expect-error: a misspelt name
    () => dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: [['popularity_contests']] }),
    // @ts-expect-error: an argument too many
    () => dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: [['flatten', 5]] }),
    // @ts-expect-error: an argument too few
    () => dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: [['limit_layers']] }),
    // @ts-expect-error: a string as a count
    () => dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: [['limit_layers', '5']] }),
    // @ts-expect-error: an unknown part
    () => dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: [['over', 'mian', ['flatten']]] }),
    // @ts-expect-error: a wrong step inside another
    () => dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: [['over', 'main', ['flaten']]] }),
    // @ts-expect-error: a number as a path
    () => dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: [['split_paths', [5]]] }),
    // @ts-expect-error: a misspelt key
    () => dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: [['split_paths', { childrenOf: pkgs('a1') }]] }),
    // @ts-expect-error: a step that is not an array
    () => dockerTools.buildLayeredImage({ name: 'a', layeringPipeline: ['flatten'] }),
  ]
  for (const [index, describe] of refused.entries())
    assert.throws(describe, { code: 'layering.pipeline' }, `number ${index}`)
})

test('stream accepts layered images alone', async () => {
  const file = writeText('motd', 'hello\n')
  // @ts-expect-error: a file is not an image
  await assert.rejects(stream(file), { code: 'stream.not-an-image' })
  // @ts-expect-error: buildImage's images have no layers to stream
  await assert.rejects(stream(dockerTools.buildImage({ name: 'a' })), { code: 'stream.not-an-image' })
  // @ts-expect-error: a field of that name makes no image of it
  await assert.rejects(stream({ ...file, stream: file }), { code: 'stream.not-an-image' })
})

test('pkgs refuses what every function has, as a type and when it is read', () => {
  const refused: readonly (() => unknown)[] = [
    // @ts-expect-error
    () => dockerTools.buildLayeredImage({ name: 'a', contents: [pkgs.name] }),
    // @ts-expect-error
    () => dockerTools.buildLayeredImage({ name: 'a', contents: pkgs.length }),
    // @ts-expect-error
    () => build(pkgs.bind),
    // @ts-expect-error
    () => pkgs.call(undefined, 'hello'),
    // @ts-expect-error
    () => pkgs.apply(undefined, ['hello']),
    // @ts-expect-error
    () => `${pkgs.arguments}`,
    // @ts-expect-error
    () => pkgs.caller.path,
  ]
  for (const read of refused)
    assert.throws(read, { code: 'argument.invalid', message: /^pkgs\.\w+ is a property of every function/ })
  assert.equal(pkgs('name').name, 'name')
  const inspected: undefined = pkgs.then
  assert.equal(inspected, undefined)
})

test('builders refuse misspelt arguments and values of other kinds', () => {
  const refused: readonly (() => unknown)[] = [
    // @ts-expect-error: contents is the name
    () => dockerTools.buildLayeredImage({ name: 'a', content: [pkgs('hello')] }),
    // @ts-expect-error: cmd is not Cmd
    () => dockerTools.buildLayeredImage({ name: 'a', config: { cmd: ['hello'] } }),
    // @ts-expect-error: a string, not its words
    () => dockerTools.buildLayeredImage({ name: 'a', config: { Cmd: 'hello' } }),
    // @ts-expect-error: not a compressor
    () => dockerTools.buildLayeredImage({ name: 'a', compressor: 'xz' }),
    // @ts-expect-error: a mode is a number or symbolic
    () => dockerTools.buildLayeredImage({ name: 'a', extraCommands: (root) => root.chmod('data', '755') }),
    // @ts-expect-error: two arguments
    () => writeText('hello'),
  ]
  for (const [index, describe] of refused.entries())
    assert.throws(describe, { code: /^(argument|config)\./ }, `number ${index}`)
})
