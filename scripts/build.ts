/**
 * Makes dist/, the published form: the command and the library in one bundle, the library's entry, the workers, the encoder, and one file
 * of declarations.
 *
 * One bundle matters twice: a command and the `image.ts` it loads are one instance of slipway, and starting stays fast. Libraries are bundled,
 * with their licences beside them, and are development dependencies only. Ordinary dependencies are those that are native, that are large and
 * seldom used (undici), or whose licence wants them replaceable (openpgp: LGPL).
 */
import { copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import type { Metafile } from 'esbuild'
import { buildEncoder, modules } from './build-encoder.ts'
import { bundle, bundleWorkers } from './bundle.ts'
import { rolledUpDeclarations } from './roll-up.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const external = dependencies()

rmSync(dist, { recursive: true, force: true })
const program = await bundle({ slipway: 'scripts/published.ts' }, dist, external)
writeFileSync(join(dist, 'index.js'), libraryEntry())
const workers = await bundleWorkers(dist, external)
buildEncoder()
for (const { file } of modules) copyFileSync(file, join(dist, basename(file)))
writeFileSync(join(dist, 'LICENSES.txt'), licences([program, workers]))
writeFileSync(join(dist, 'index.d.ts'), rolledUpDeclarations(root))

/** The library's names as a module's exports, after a check of Node's version: TypeScript and editors see a module, and tools need not guess names from the bundle. */
function libraryEntry(): string {
  const names = Object.keys(createRequire(import.meta.url)(join(dist, 'slipway.cjs'))).filter((name) => name !== 'main')
  return `import '../bin/new-node.js'\nimport slipway from './slipway.cjs'\nexport const { ${names.sort().join(', ')} } = slipway\n`
}

function dependencies(): string[] {
  const manifest: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return Object.keys(manifest.dependencies)
}

/** Licence texts of bundled packages; a package without one is listed with its licence, whose text must then be slipway's own. */
function licences(made: readonly Metafile[]): string {
  const files = made.flatMap(({ inputs }) => Object.keys(inputs))
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []))
  const name = (folder: string): string => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
  return [...folders]
    .sort()
    .map((folder) => `${name(folder)}\n\n${licenceOf(join(root, folder))}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function licenceOf(folder: string): string {
  const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: folder })
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim()
  const { license, author }: { readonly license: string; readonly author?: unknown } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  )
  if (license !== 'Apache-2.0') throw new Error(`${folder} has no licence text`)
  return `Copyright: ${JSON.stringify(author ?? 'its authors')}. ${license}: the text is slipway's own LICENSE.`
}
