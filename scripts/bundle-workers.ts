/** Bundles the programs of threads into one CommonJS file each: a thread starts from it in two thirds of the time that modules take. */
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'

/** Writes `hash-worker.cjs` and `deflate-worker.cjs` into `outdir`. @param external - packages that are not bundled */
export async function bundleWorkers(outdir: string, external: readonly string[]): Promise<Metafile> {
  const root = join(import.meta.dirname, '..')
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      'hash-worker': 'src/layer/bytes/hash-worker.ts',
      'deflate-worker': 'src/format/compression/deflate-worker.ts',
    },
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24.15',
    external: [...external],
    banner: { js: "const fileOfModule = require('node:url').pathToFileURL(__filename).href" },
    define: { 'import.meta.url': 'fileOfModule' },
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}
