/**
 * The published package: the contents of `npm pack`, and that it works where it is installed, in a directory that `npm init -y` made.
 *
 * It is packed from a copy of the repository, so that concurrent tests see no bundles come and go.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { publint } from 'publint'
import { missing, run } from '../support/command.ts'
import { olderNode } from '../support/nodes.ts'
import { slipway } from '../support/slipway.ts'
import { temporaryFolder } from '../support/temporary.ts'

const root = join(import.meta.dirname, '../..')
const skip = missing('npm')
const folder = temporaryFolder()
const app = join(folder, 'app')
const copy = join(folder, 'repository')
// The Node that runs this test, before an older one.
const env = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  SLIPWAY_STORE: join(folder, 'store'),
}

const described = `
const { dockerTools, writeTextDir, path } = debian({ suite: 'bookworm' })
const image = dockerTools.buildLayeredImage({
  name: 'app',
  contents: [writeTextDir('motd', 'hello\\n'), path('./big')],
  config: { Cmd: ['/motd'] },
})
`

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string; readonly mode: number }[]
}
let packed: Packed = { filename: '', files: [] }

before(
  async () => {
    if (skip !== false) return
    packed = await pack()
    await install(packed)
  },
  { timeout: 600_000 },
)

async function pack(): Promise<Packed> {
  const parts = ['src', 'bin', 'data', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']
  const texts = ['README.md', 'CHANGELOG.md', 'LICENSE']
  for (const part of [...parts, ...texts]) cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const printed = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], { cwd: copy, env })
  const list: Packed | readonly Packed[] = JSON.parse(printed)
  const found = Array.isArray(list) ? list[0] : Object.values(list)[0]
  assert.ok(found)
  return found
}

async function install({ filename }: Packed): Promise<void> {
  mkdirSync(join(app, 'big'), { recursive: true })
  await run('npm', ['init', '-y'], { cwd: app, env })
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  await run('npm', ['install', ...quietly, join(folder, filename)], { cwd: app, env })
  mkdirSync(join(app, 'node_modules/@types'), { recursive: true })
  symlinkSync(join(root, 'node_modules/@types/node'), join(app, 'node_modules/@types/node'))
  // Large enough for a second thread, so the bundle's worker is used, too.
  writeFileSync(join(app, 'big/zeros'), '')
  truncateSync(join(app, 'big/zeros'), 80_000_000)
  writeFileSync(join(app, 'image.js'), `import { debian } from 'slipway'\n${described}export default image\n`)
  writeFileSync(
    join(app, 'image.ts'),
    `import { type BuildOptions, debian, type LayeredImage, type Package, type StreamedImage } from 'slipway'\n${described.replace('const image', 'export const image: LayeredImage')}
export const stream: StreamedImage = image.stream
export const options: BuildOptions = { out: 'result' }
const chosen: Package = image
export default chosen\n`,
  )
  writeFileSync(
    join(app, 'script.mjs'),
    `import { build, debian } from 'slipway'\n${described}const built = await build(image, { out: 'by-script' })\nprocess.stdout.write(JSON.stringify(built))\n`,
  )
}

test('package: holds the command, the bundles, one file of declarations, keys and licences, and no sources or tests', {
  skip,
}, () => {
  const files = packed.files.map(({ path }) => path)
  for (const wanted of [
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'bin/slipway.js',
    'bin/start.js',
    'bin/old-node.js',
    'bin/new-node.js',
    'data/debian-archive-keyring.gpg',
    'dist/LICENSES.txt',
    'dist/slipway.cjs',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/hash-worker.cjs',
    'dist/deflate-worker.cjs',
    'dist/unpack-worker.cjs',
    'dist/deflate.wasm',
    'dist/deflate-simd.wasm',
  ]) {
    assert.ok(files.includes(wanted), wanted)
  }
  assert.deepEqual(
    files.filter((file) => !/^(bin|data|dist)\/|^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(file)),
    [],
  )
  assert.deepEqual(
    files.filter((file) => /\.test\.|\.ts$|\.map$/.test(file)),
    ['dist/index.d.ts'],
  )
})

test('package: nothing that is bundled is installed with it, and all of it is small', { skip }, () => {
  const modules = join(app, 'node_modules')
  const sizeOf = (file: string): number => {
    const stats = lstatSync(file)
    return stats.isDirectory() ? readdirSync(file).reduce((sum, name) => sum + sizeOf(join(file, name)), 0) : stats.size
  }
  const names = readdirSync(modules).filter((name) => !name.startsWith('.') && name !== '@types')
  const { dependencies }: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(modules, 'slipway/package.json'), 'utf8'),
  )
  assert.deepEqual(Object.keys(dependencies), ['@napi-rs/lzma', 'fs-native-extensions', 'openpgp', 'undici'])
  assert.ok(names.reduce((sum, name) => sum + sizeOf(join(modules, name)), 0) < 27_000_000)
  const licences = readFileSync(join(modules, 'slipway/dist/LICENSES.txt'), 'utf8')
  for (const name of ['@stricli/core', 'chokidar', 'p-map', 'semver', 'smol-toml', 'yaml', 'yauzl', 'zod'])
    assert.match(licences, new RegExp(`^${name}\n\n.*(Copyright|License)`, 'ms'), name)
})

const older = olderNode()

test('package: imported under an older Node, it says the sentence of the command', { skip: skip || older.skip }, () => {
  writeFileSync(join(app, 'old.mjs'), `import { build } from 'slipway'\nbuild()\n`)
  writeFileSync(join(app, 'old.cjs'), `require('slipway')\n`)
  const says = (file: string): string => spawnSync(older.file, [file], { cwd: app, encoding: 'utf8' }).stderr
  const sentence = says('node_modules/slipway/bin/slipway.js').trim()
  assert.match(sentence, /^slipway: needs Node 24\.15 or newer; this is Node /)
  assert.ok(says('old.mjs').includes(`Error: ${sentence}`))
  // Older still, and ES modules cannot be required at all.
  if (spawnSync(older.file, ['-p', 'process.features.require_module'], { encoding: 'utf8' }).stdout === 'true\n')
    assert.ok(says('old.cjs').includes(`Error: ${sentence}`))
})

test('package: installed under an older Node, it works after what that sentence says', {
  skip: skip || older.skip,
}, async () => {
  const project = join(folder, 'older')
  mkdirSync(project)
  const start = `${dirname(older.file)}${delimiter}${process.env.PATH}`
  const shell = (line: string) => run('sh', ['-c', line], { cwd: project, env: { ...env, PATH: start } })
  await shell(`npm init -y && npm install --save-dev --no-audit --no-fund '${join(folder, packed.filename)}'`)
  const { stderr } = spawnSync(older.file, ['node_modules/slipway/bin/slipway.js'], { cwd: project, encoding: 'utf8' })
  await shell(/npm install .*$/m.exec(stderr)?.[0] ?? assert.fail(stderr))
  assert.match(await shell('npx slipway --version'), /^\d+\.\d+\.\d+\n$/)
  const loads = `import('@napi-rs/lzma/xz').then(({ decompressStream }) => console.log(typeof decompressStream))`
  assert.equal(await shell(`npx node -e "${loads}"`), 'function\n')
})

test('package: publint has no complaints', { skip }, async () => {
  const { messages } = await publint({ pkgDir: join(app, 'node_modules/slipway'), level: 'warning', pack: false })
  assert.deepEqual(messages, [])
})

const strict = { strict: true, module: 'nodenext', target: 'es2024', noEmit: true, skipLibCheck: false }
const strictest = { ...strict, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }
const settings = {
  'with the types of Node': { ...strictest, lib: ['es2024'], types: ['node'] },
  'with the types of browsers alone': { ...strict, lib: ['es2022', 'dom'], types: [] },
  'with a bundler': { ...strict, module: 'esnext', moduleResolution: 'bundler', types: [] },
}

/** Compiles the project's TypeScript without `skipLibCheck`, so that the package's own declarations are checked as well. */
async function compileWith(tsc: string): Promise<void> {
  for (const compilerOptions of Object.values(settings)) {
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['image.ts'] }))
    await run(process.execPath, [tsc, '-p', app], { cwd: app, env })
  }
}

test('package: its types compile in a strict project, with or without the types of Node', { skip }, async () => {
  await compileWith(join(root, 'node_modules/typescript/bin/tsc'))
})

test('package: its types compile with TypeScript 5.9, too', { skip }, async (t) => {
  const compiler = join(folder, 'typescript-5')
  mkdirSync(compiler)
  await run('npm', ['init', '-y'], { cwd: compiler, env })
  try {
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', 'typescript@5.9.3'], {
      cwd: compiler,
      env,
    })
  } catch (error) {
    return t.skip(`TypeScript 5.9 cannot be installed: ${String(error)}`)
  }
  return compileWith(join(compiler, 'node_modules/typescript/bin/tsc'))
})

test('package: plain JavaScript, TypeScript, a function call and the sources build the same image', {
  skip,
}, async () => {
  const fromJavaScript = (await run('npx', ['slipway', 'build', 'image.js'], { cwd: app, env })).trim()
  const fromTypeScript = (await run('npx', ['slipway', 'build', 'image.ts', '-o', 'typed'], { cwd: app, env })).trim()
  const fromScript = JSON.parse(await run(process.execPath, ['script.mjs'], { cwd: app, env }))
  const fromSources = await slipway(['build', 'image.js', '--json', '--no-link'], {
    cwd: app,
    env: { SLIPWAY_STORE: join(folder, 'other') },
  })
  assert.equal(fromSources.stderr.includes('slipway:'), false, fromSources.stderr)
  assert.equal(fromTypeScript, fromJavaScript)
  assert.equal(fromScript.physical, fromJavaScript)
  assert.equal(JSON.parse(fromSources.stdout).path, fromScript.path)
  for (const link of ['result', 'typed', 'by-script']) assert.equal(realpathSync(join(app, link)), fromJavaScript)
  const bytes = readFileSync(fromJavaScript)
  assert.ok(bytes.equals(readFileSync(JSON.parse(fromSources.stdout).physical)), 'bit for bit')
  assert.match(gunzipSync(bytes).subarray(-20_000).toString('latin1'), /manifest\.json/)
})

test('package: a stream script streams the built image, under a name that its caller chooses', { skip }, async () => {
  const script = (await run('npx', ['slipway', 'build', 'image.ts#stream', '--no-link'], { cwd: app, env })).trim()
  const again = await run('sh', ['-c', '"$0" --repo_tag other:name | tail -c 20000', script], { cwd: app, env })
  assert.match(again, /"RepoTags":\["other:name"\]/)
})
