/** Measured programs as they would be published: bundles, with the threads' files and the encoder beside them. */
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { modules } from '../scripts/build-encoder.ts'
import { bundleWorkers } from '../scripts/bundle.ts'

/** Packages that are not bundled. */
const external = ['fs-native-extensions', '@napi-rs/lzma', 'seek-bzip', 'undici']

/** Bundles programs of this directory into one below `folder`; returns their files, in the same order. */
export async function bundled(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const outdir = join(folder, 'js')
  mkdirSync(folder, { recursive: true })
  const packages = join(folder, 'node_modules')
  if (!existsSync(packages)) symlinkSync(join(import.meta.dirname, '../node_modules'), packages)
  await build({
    entryPoints: names.map((name) => join(import.meta.dirname, `${name}.ts`)),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24.15',
    outdir,
    external,
  })
  await bundleWorkers(outdir, external)
  for (const { file } of modules) copyFileSync(file, join(outdir, basename(file)))
  return names.map((name) => join(outdir, `${name}.js`))
}
