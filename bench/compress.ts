/**
 * Measures compressed archives against tar with pigz and zstd, and a rebuild after a change. Usage:
 * node bench/compress.ts [--tree DIRECTORY] [--app DIRECTORY] [--runs N] [--folder DIR]
 *
 * The tree (default /usr/lib) is in the store, and its digests are known; the pieces that were compressed are removed before each round, so
 * all is read and compressed. The app (default: those of this repository's node_modules that are smaller than 40 MB), which `copy()` puts at
 * /app, is changed before each round: one file keeps its size, or two get another; its own pieces are remembered. Rounds are interleaved;
 * figures are medians, of wall time and of the processor time of all processes, and ratios within a round's pair. Needs GNU time.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, globSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { publishedCommand } from './published.ts'

const { values } = parseArgs({
  options: {
    tree: { type: 'string', default: '/usr/lib' },
    app: { type: 'string', default: join(import.meta.dirname, '../node_modules') },
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
  },
})
const folder = mkdtempSync(join(values.folder, 'slipway-compress-'))
const store = join(folder, 'store')
const slipway = `"${process.execPath}" "${publishedCommand(folder)}" build --quiet`
const parts = globSync('*', { cwd: values.app })
  .map((name) => join(values.app, name))
  .filter((place) => Number(shell(`du -sb "${place}" >&2`).split('\t')[0]) < 40e6)
const tree = `tar -C "${folder}" -c tree`
const to = (compressor: string) => `${slipway} image.ts#whole --to docker-archive:out --compressor ${compressor}`
const rebuilt = (compressor: string) => `${slipway} image.ts#app --to docker-archive:out --compressor ${compressor}`

let changes = 0

interface Measured {
  readonly wall: number
  readonly cpu: number
  /** Of the largest process, in MB. */
  readonly memory: number
  readonly size: number
}

/** Programs, by name, with the preparation of each round. */
const programs: Readonly<Record<string, { readonly command: string; readonly against?: string; prepare?(): void }>> = {
  'tar | pigz -p2 -6': { command: `${tree} | pigz -p2 -6 > out` },
  'tar | pigz -p2 -5': { command: `${tree} | pigz -p2 -5 > out` },
  'slipway gz': { command: to('gz'), against: 'tar | pigz -p2 -6', prepare: forget },
  'slipway gz, all remembered': { command: to('gz'), against: 'tar | pigz -p2 -6' },
  'tar | zstd -T2 -3': { command: `${tree} | zstd -q -T2 -3 > out` },
  'slipway zstd': { command: to('zstd'), against: 'tar | zstd -T2 -3', prepare: forget },
  'sha256sum and copy of the app, none': { command: 'sha256sum archive > sum && cat archive > out' },
  'app, none': {
    command: rebuilt('none'),
    against: 'sha256sum and copy of the app, none',
    prepare: () => change(1, 0),
  },
  'app, one file changed, gz': { command: rebuilt('gz'), against: 'app, none', prepare: () => change(1, 0) },
  'app, two files grown, gz': { command: rebuilt('gz'), against: 'app, none', prepare: () => change(2, 700) },
}

try {
  // Links that lead to devices become devices.
  shell(
    `cp -rL --no-preserve=all "${values.tree}" tree 2>/dev/null; find tree ! -type f ! -type d -delete; mkdir app; cp -r ${parts.join(' ')} app`,
  )
  writeFileSync(join(folder, 'package.json'), '{ "name": "bench", "type": "module" }\n')
  writeFileSync(
    join(folder, 'image.ts'),
    `import { debian } from 'slipway'
const { dockerTools, path, copy } = debian({ suite: 'bookworm', architecture: 'amd64' })
export const whole = dockerTools.buildLayeredImage({ name: 'whole', contents: path('./tree') })
export const app = dockerTools.buildLayeredImage({ name: 'app', contents: copy('./app', { to: '/app' }) })
`,
  )
  shell(`${rebuilt('none')} && mv out archive`)
  shell(to('none'))
  const found = new Map<string, Measured[]>()
  for (let round = 0; round < Number(values.runs); round++)
    for (const [name, { command, prepare }] of Object.entries(programs)) {
      prepare?.()
      found.set(name, [...(found.get(name) ?? []), measured(command)])
    }
  for (const [name, { against }] of Object.entries(programs))
    report(name, found.get(name) ?? [], found.get(against ?? ''))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Removes what the tree compressed to, and remembers what the app does. */
function forget(): void {
  for (const file of globSync('pieces/*', { cwd: store })) rmSync(join(store, file))
  shell(rebuilt('gz'))
}

/** Changes some scripts of the app: in place, or by so many bytes. */
function change(count: number, bytes: number): void {
  const scripts = globSync('app/*/*.js', { cwd: folder }).sort()
  for (let index = 0; index < count; index++) {
    const file = join(folder, scripts[(changes++ * 7) % scripts.length] ?? '')
    if (bytes > 0) appendFileSync(file, `//${'x'.repeat(bytes)}\n`)
    else writeFileSync(file, `${changes}`.padEnd(statSync(file).size, ' '))
  }
}

function measured(command: string): Measured {
  rmSync(join(folder, 'out'), { force: true })
  const said = shell(`/usr/bin/time -f '%e %U %S %M' sh -c '${command}'`)
    .trim()
    .split('\n')
    .at(-1)
    ?.split(' ')
    .map(Number)
  const [wall = 0, user = 0, system = 0, memory = 0] = said ?? []
  return { wall, cpu: user + system, memory: memory / 1024, size: statSync(join(folder, 'out')).size / 1e6 }
}

function shell(command: string): string {
  const env = { ...process.env, SLIPWAY_STORE: store }
  const { status, stderr } = spawnSync('sh', ['-c', command], {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`)
  return stderr
}

function report(name: string, own: readonly Measured[], others: readonly Measured[] | undefined): void {
  const of = (key: keyof Measured) => median(own.map((each) => each[key]))
  const ratio = (key: keyof Measured) =>
    others === undefined
      ? ''
      : ` (${median(own.map((each, round) => each[key] / (others[round]?.[key] ?? 1))).toFixed(2)})`
  const figures = [
    `wall ${of('wall').toFixed(2)} s${ratio('wall')}`,
    `cpu ${of('cpu').toFixed(2)} s${ratio('cpu')}`,
    `${of('size').toFixed(1)} MB${ratio('size')}`,
    `peak ${of('memory').toFixed(0)} MB`,
  ]
  process.stdout.write(`${name}: ${figures.join(', ')}\n`)
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0
}
