/**
 * Measures flattening a 100-layer image, compared with `umoci unpack` of it, and prints the ratio. Usage: node bench/flatten.ts [MEGABYTES]
 *
 * The image: 100 layers of files of 16 KiB, each layer replacing a tenth of the one below. Both start with an uncompressed layout, warm in
 * the page cache; "cold" reads it into an empty store first, "known" finds its layers there.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentOf } from '../src/base/bytes.ts'
import { unwatched } from '../src/base/event.ts'
import { compressors } from '../src/format/compression/compressors.ts'
import { writeTar } from '../src/format/tar/write.ts'
import { planLayer } from '../src/layer/plan.ts'
import { layerRecipe } from '../src/layer/recipe.ts'
import { openStore } from '../src/store/disk-store.ts'
import { recipePath } from '../src/store/store-path.ts'
import { writeLayout } from '../src/transport/layout.ts'
import { file, memoryTree } from '../src/tree/memory.ts'
import { publishedCommand } from './published.ts'

const layerCount = 100
const fileSize = 16_384
const megabytes = Number(process.argv[2] ?? 1500)
const filesEach = Math.round((megabytes * 1_048_576) / layerCount / fileSize)
const folder = mkdtempSync(join(process.env.SLIPWAY_BENCH ?? tmpdir(), 'slipway-flatten-'))
try {
  const layout = join(folder, 'layout')
  await makeImage(layout)
  const umoci = timed('umoci', ['unpack', '--image', `${layout}:x`, join(folder, 'bundle')])
  rmSync(join(folder, 'bundle'), { recursive: true, force: true })
  const ours = [publishedCommand(folder), 'export', '--quiet', '--store', join(folder, 'other')]
  const words = [...ours, `oci:${layout}`, '-o', join(folder, 'root.tar')]
  const cold = timed(process.execPath, words)
  const known = timed(process.execPath, words)
  for (const [name, { seconds, peak }] of Object.entries({ umoci, cold, known }))
    process.stdout.write(`${name}: ${seconds.toFixed(2)} s, ${peak.toFixed(0)} MB\n`)
  for (const [name, { seconds }] of Object.entries({ cold, known }))
    process.stdout.write(`${name} against umoci: ${(seconds / umoci.seconds).toFixed(2)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function makeImage(layout: string): Promise<void> {
  await using store = await openStore(join(folder, 'store'))
  const layers = []
  for (let number = 0; number < layerCount; number++) {
    const first = number * Math.round(filesEach * 0.9)
    const items = Array.from({ length: filesEach }, (_, at) => {
      const name = first + at
      return [`usr/d${name % 977}/f${name}`, file(contentOf(Buffer.alloc(fileSize, `${number} ${name} `)))] as const
    })
    const bytes = Buffer.concat([
      ...writeTar(memoryTree(Object.fromEntries(items)).entries(), { names: 'relative', end: 'record' }),
    ])
    const path = recipePath('layer', { number })
    const info = await store.addFile(path, [bytes], { size: bytes.length, candidates: [] })
    layers.push(planLayer(store, layerRecipe([{ path, as: 'layer', info }])))
  }
  const config = { architecture: 'amd64', os: 'linux' }
  await writeLayout([{ layers, config, names: [] }], layout, {
    store,
    watch: unwatched,
    compressor: compressors.none,
    reference: 'x',
  })
}

/** Wall seconds and peak megabytes of a command, according to GNU time. */
function timed(command: string, words: readonly string[]): { readonly seconds: number; readonly peak: number } {
  const script =
    'import resource,subprocess,sys,time\nt=time.time()\nr=subprocess.run(sys.argv[1:],stdout=open("/dev/null","w")).returncode\nprint(time.time()-t,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,r)'
  const { stdout } = spawnSync('python3', ['-c', script, command, ...words], { encoding: 'utf8' })
  const [seconds, peak, status] = stdout.trim().split(' ').map(Number)
  if (status !== 0) throw new Error(`${command} failed`)
  return { seconds: seconds ?? 0, peak: (peak ?? 0) / 1024 }
}
