/** Bundles programs into one CommonJS file each: what such a file imports lazily is loaded lazily, and it starts in half the time that modules take. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'

/** Writes `NAME.cjs` into `outdir` for each entry point. @param external - packages that are not bundled */
export async function bundle(
  entryPoints: Readonly<Record<string, string>>,
  outdir: string,
  external: readonly string[],
): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: join(import.meta.dirname, '..'),
    entryPoints,
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24.15',
    external: [...external],
    banner: { js: "const fileOfModule = require('node:url').pathToFileURL(__filename).href" },
    define: { 'import.meta.url': 'fileOfModule', 'import.meta.dirname': '__dirname' },
    plugins: [dataBesideBundle()],
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}

/** Writes the programs of threads: `hash-worker.cjs`, `deflate-worker.cjs` and `unpack-worker.cjs`. */
export function bundleWorkers(outdir: string, external: readonly string[]): Promise<Metafile> {
  const workers = {
    'hash-worker': 'src/layer/bytes/hash-worker.ts',
    'deflate-worker': 'src/format/compression/deflate-worker.ts',
    'unpack-worker': 'src/store/unpack-worker.ts',
  }
  return bundle(workers, outdir, external)
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
