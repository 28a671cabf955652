/**
 * Measures shell commands: a trivial command as root on a base of about 200 MB with and without its cached unpacked form, and
 * `extraCommands` that only creates a directory against the same build without it. Usage: node bench/commands.ts [--runs N] [--folder DIR]
 *
 * Packages come from the mirror in apt's settings, once. Everything runs in one process, so starting Node is not included; run it as root
 * and as ordinary users with and without subordinate ids. Rounds are interleaved; figures are medians. What a round leaves is removed at
 * the end: ext4 without a journal creates files thirty times slower in the minutes after others were removed.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { build, debian, exportRoot } from '../src/index.ts'
import { probeNamespace } from '../src/sandbox/probe.ts'
import { removeFolder } from '../src/sandbox/scratch.ts'

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
  const root = join(folder, `root-${++counter}`)
  mkdirSync(root)
  execFileSync('tar', ['-xpf', join(folder, 'root.tar'), '-C', root])
}

type Made = Parameters<typeof build>[0]

async function made(what: Made): Promise<void> {
  await build(what, { store })
}

const described = {
  root: 'as root',
  ranges: 'as an ordinary user with subordinate ids',
  single: 'as an ordinary user with one id',
  none: 'without namespaces',
}
const way = await probeNamespace(folder)
if (typeof way === 'string') throw new Error(`namespaces do not work here: ${way}`)

try {
  await build(base, { store })
  await made(asRoot())
  await made(confOf('true'))
  await made(repeated)
  await exportRoot(base, { store, out: join(folder, 'root.tar') })
  const seconds = new Map<string, number[]>()
  for (let round = 0; round < Number(values.runs); round++) {
    for (const [name, work] of Object.entries(measured)) {
      if (name.endsWith('not unpacked')) renameSync(join(store, 'sandbox/bases'), join(folder, `bases-${++counter}`))
      const start = performance.now()
      await work()
      seconds.set(name, [...(seconds.get(name) ?? []), (performance.now() - start) / 1000])
    }
  }
  console.log(described[way.ids])
  for (const [name, times] of seconds)
    console.log(`${name.padEnd(32)} ${median(times).toFixed(3)} s  least ${Math.min(...times).toFixed(3)} s`)
} finally {
  await removeFolder(folder, way.ids)
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}
