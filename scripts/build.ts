/**
 * Makes dist/, the published form: the library's entry and the command as bundles that share chunks, the workers, the encoder, and one file of declarations.
 *
 * Shared chunks matter twice: a command and the `image.ts` it loads are one instance of slipway, and starting stays fast. Libraries that are
 * ESM and small when tree-shaken are bundled, with their licences beside them; all others stay ordinary dependencies (openpgp must: LGPL).
 */
import { copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import { buildEncoder, modules } from './build-encoder.ts'
import { bundleWorkers } from './bundle-workers.ts'
import { rolledUpDeclarations } from './roll-up.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const bundled = ['@stricli/core', 'zod', 'p-map']

const external = dependencies().filter((name) => !bundled.includes(name))

rmSync(dist, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { index: 'src/index.ts', command: 'src/cli/main.ts' },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24.15',
  chunkNames: '[name]-[hash]',
  external,
  plugins: [dataBesideBundle()],
  metafile: true,
  logLevel: 'warning',
})
const workers = await bundleWorkers(dist, external)
buildEncoder()
for (const { file } of modules) copyFileSync(file, join(dist, basename(file)))
writeFileSync(join(dist, 'LICENSES.txt'), licences([metafile, workers]))
writeFileSync(join(dist, 'index.d.ts'), rolledUpDeclarations(root))

function dependencies(): string[] {
  const manifest: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return Object.keys(manifest.dependencies)
}

/** Files in `data/` are two directories nearer to a bundle than to a source. */
function dataBesideBundle(): Plugin {
  return {
    name: 'data beside the bundle',
    setup: (setup) => {
      setup.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({
        loader: 'ts',
        contents: readFileSync(path, 'utf8').replace(/new URL\('(?:\.\.\/)+data\//g, "new URL('../data/"),
      }))
    },
  }
}

/** Licence texts of bundled packages; a package without one is listed with its licence, whose text must then be slipway's own. */
function licences(made: readonly Metafile[]): string {
  const packages = new Set(
    made
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
  )
  return [...packages]
    .sort()
    .map((name) => `${name}\n\n${licenceOf(join(root, 'node_modules', name))}\n`)
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
