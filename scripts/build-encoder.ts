/**
 * Compiles the DEFLATE encoder (src/format/compression/encoder/, AssemblyScript) to deflate.wasm and deflate-simd.wasm beside its
 * directory.
 *
 * npm runs it after an installation and before checks and tests; it does nothing if both modules are up to date. The modules are published
 * and never committed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'src/format/compression')
const stamp = join(folder, 'deflate.stamp')
const compiler = join(root, 'node_modules/assemblyscript')
const pages = 84
const flags = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--initialMemory', `${pages}`]

/** Both modules, with their different flags. */
export const modules: readonly { readonly file: string; readonly flags: readonly string[] }[] = [
  { file: join(folder, 'deflate.wasm'), flags: [] },
  { file: join(folder, 'deflate-simd.wasm'), flags: ['--enable', 'simd'] },
]

/** Compiles modules that are out of date. */
export function buildEncoder(): void {
  const wanted = fingerprint()
  if (readOrNothing(stamp) === wanted && modules.every(({ file }) => readOrNothing(file) !== undefined)) return
  rmSync(stamp, { force: true })
  for (const module of modules) compile(module)
  writeFileSync(stamp, wanted)
}

function compile({ file, flags: own }: (typeof modules)[number]): void {
  const temporary = `${file}.${process.pid}`
  const words = ['src/format/compression/encoder/index.ts', '-o', temporary, ...flags, '--maximumMemory', `${pages}`]
  const { status } = spawnSync(process.execPath, [join(compiler, 'bin/asc.js'), ...words, ...own], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error('the encoder does not compile')
  renameSync(temporary, file)
}

/** Digest of everything that the modules depend on. */
function fingerprint(): string {
  const hash = createHash('sha256')
  for (const name of globSync('encoder/*.ts', { cwd: folder }).sort()) hash.update(readFileSync(join(folder, name)))
  hash.update(readFileSync(join(compiler, 'package.json'))).update(readFileSync(import.meta.filename))
  return hash.digest('hex')
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return undefined
  }
}

if (import.meta.main) buildEncoder()
