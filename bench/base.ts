/**
 * Measures adding one small layer to a large uncompressed base archive, compared with `cat` of that archive. Usage: node bench/base.ts
 * [--size MEGABYTES] [--runs N] [--folder DIR]
 *
 * The base: ten layers of files of 48 KiB, one docker-archive, known to the store and warm in the page cache. Each round has a different
 * small layer, so everything except the base is created anew; slipway runs as published. Output to a pipe is compared with `cat` to a pipe.
 * Output to a file is compared with `cat`, which lets the kernel copy a file to a file without reading it, and with `dd`, which reads and
 * writes like every program that adds something. The store's archive is also hashed, once, and on disk at the end. Rounds are interleaved;
 * figures are medians.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { writeLargeBase } from './large-base.ts'
import { publishedCommand } from './published.ts'

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1500' },
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
  },
})
const folder = mkdtempSync(join(values.folder, 'slipway-base-'))
const slipway = `"${process.execPath}" "${publishedCommand(folder)}"`

const toFile = ['cat base > file', 'dd base > file']

/** Commands to measure, as a shell runs them in the directory. The store grows by an archive per round. */
const programs: Readonly<Record<string, { readonly command: string; readonly against?: readonly string[] }>> = {
  'cat base > file': { command: 'cat base.tar > out.tar' },
  'dd base > file': { command: 'dd if=base.tar bs=1M status=none > out.tar' },
  'cat base | cat': { command: 'cat base.tar | cat > /dev/null' },
  'build --to a file': {
    command: `${slipway} build image.ts --quiet --to docker-archive:out.tar`,
    against: toFile,
  },
  'stream > file': { command: `${slipway} stream image.ts --quiet > out.tar`, against: toFile },
  'stream | cat': { command: `${slipway} stream image.ts --quiet | cat > /dev/null`, against: ['cat base | cat'] },
  'build into the store': { command: `${slipway} build image.ts --quiet`, against: toFile },
}

try {
  await writeLargeBase(join(folder, 'base.tar'), Number(values.size))
  describe('first')
  const first = timed(`${slipway} build image.ts --quiet --to docker-archive:out.tar`)
  const seconds = new Map<string, number[]>()
  for (let round = 0; round < Number(values.runs); round++) {
    for (const [name, { command }] of Object.entries(programs)) {
      describe(`${round} ${name}`)
      seconds.set(name, [...(seconds.get(name) ?? []), timed(command)])
      rmSync(join(folder, 'out.tar'), { force: true })
      rmSync(join(folder, 'result'), { force: true })
    }
  }
  process.stdout.write(
    `base: ${(statSync(join(folder, 'base.tar')).size / 1e6).toFixed(0)} MB; first: ${first.toFixed(2)} s\n`,
  )
  for (const [name, { against = [] }] of Object.entries(programs)) {
    const own = median(seconds.get(name))
    const ratios = against.map((other) => `, ${(own / median(seconds.get(other))).toFixed(2)} × "${other}"`)
    process.stdout.write(`${name}: ${own.toFixed(2)} s${ratios.join('')}\n`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** An image with a new small layer. */
function describe(text: string): void {
  writeFileSync(
    join(folder, 'image.ts'),
    `import { debian } from 'slipway'
const { dockerTools, writeTextDir } = debian({ suite: 'bookworm', architecture: 'amd64' })
export default dockerTools.buildLayeredImage({
  name: 'on-base', tag: '1', fromImage: './base.tar', compressor: 'none', contents: writeTextDir('etc/round', ${JSON.stringify(text)}),
})
`,
  )
}

function timed(command: string): number {
  const start = performance.now()
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, env: environment(), encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
  return (performance.now() - start) / 1000
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, SLIPWAY_STORE: join(folder, 'store') }
}

function median(given: readonly number[] | undefined): number {
  return [...(given ?? [])].sort((a, b) => a - b)[Math.floor((given ?? []).length / 2)] ?? Number.NaN
}
