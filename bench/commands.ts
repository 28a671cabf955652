/**
 * Measures shell commands: a trivial command as root on a base of about 200 MB with and without its cached unpacked form, and
 * `extraCommands` that only creates a directory against the same build without it. Usage: node bench/commands.ts [--runs N] [--folder DIR]
 *
 * Packages come from the mirror in apt's settings, once. Everything runs in one process, so starting Node is not included; run it as root
 * and as an ordinary user. Rounds are interleaved; figures are medians.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { build, debian, exportRoot, gc } from '../src/index.ts'
import { forgetBases } from '../src/sandbox/bases.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, folder: { type: 'string', default: tmpdir() } },
})
const folder = mkdtempSync(join(values.folder, 'slipway-commands-'))
const store = join(folder, 'store')
const { pkgs, dockerTools, writeTextDir } = debian({ suite: 'bookworm', directory: folder })
const { buildImage, buildLayeredImage } = dockerTools
const packages = ['python3', 'perl', 'git', 'nginx-light', 'redis-server', 'curl', 'coreutils', 'bash'].map((name) =>
  pkgs(name),
)
const base = buildImage({ name: 'base', copyToRoot: packages, compressor: 'none' })
const ids = process.getuid?.() === 0 ? 'root' : 'ranges'
let counter = 0

/** Each call uses a different script, so that nothing is cached. Builds only the image's conf and own layer, not the base's bytes. */
const asRoot = () =>
  buildLayeredImage({
    name: 'run',
    fromImage: base,
    enableFakechroot: true,
    fakeRootCommands: `echo ${++counter} > /data`,
  }).stream.conf
const confOf = (commands: string | null) =>
  buildLayeredImage({
    name: 'folders',
    contents: [pkgs('bash'), writeTextDir('text', String(++counter))],
    extraCommands: commands,
  }).stream.conf

const measured: Readonly<Record<string, () => Promise<void>>> = {
  'extraCommands: mkdir': () => made(confOf('mkdir -p data')),
  'the same without commands': () => made(confOf(null)),
  'as root, base unpacked': () => made(asRoot()),
  'as root, base not unpacked': () => made(asRoot()),
  'tar -x of the same base': () => untar(),
  'extraCommands: again': () => made(repeated),
}

const repeated = confOf('mkdir -p data')

/** Extracts the base's root file system, which is what unpacking it takes at least. */
async function untar(): Promise<void> {
  mkdirSync(join(folder, 'root'))
  execFileSync('tar', ['-xpf', join(folder, 'root.tar'), '-C', join(folder, 'root')])
}

type Made = Parameters<typeof build>[0]

async function made(what: Made): Promise<void> {
  await build(what, { store })
}

try {
  await build(base, { store })
  await made(asRoot())
  await made(confOf('true'))
  await made(repeated)
  await exportRoot(base, { store, out: join(folder, 'root.tar') })
  const seconds = new Map<string, number[]>()
  for (let round = 0; round < Number(values.runs); round++) {
    for (const [name, work] of Object.entries(measured)) {
      if (name.endsWith('not unpacked')) await forgetBases(join(store, 'sandbox'), ids)
      rmSync(join(folder, 'root'), { recursive: true, force: true })
      const start = performance.now()
      await work()
      seconds.set(name, [...(seconds.get(name) ?? []), (performance.now() - start) / 1000])
    }
  }
  console.log(`as ${ids === 'root' ? 'root' : 'an ordinary user'}`)
  for (const [name, times] of seconds)
    console.log(`${name.padEnd(32)} ${median(times).toFixed(3)} s  least ${Math.min(...times).toFixed(3)} s`)
} finally {
  await gc({ store })
  rmSync(folder, { recursive: true, force: true })
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}
