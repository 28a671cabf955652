/**
 * Measures streaming, compared with its rivals, and prints ratios. Usage: node bench/stream.ts [--folder DIR] [--runs N] [--size
 * small|large]
 *
 * Rounds are interleaved: each runs every command once, so other load on the machine affects all of them. Figures are medians; "cpu" is
 * user and system time of all processes of a command. Everything is read once beforehand, so files are in the page cache.
 */
import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { bundled } from './bundled.ts'
import { type Prepared, prepare, type Size } from './prepare.ts'

interface Sample {
  readonly wall: number
  readonly cpu: number
  /** Megabytes, for programs that report them. */
  readonly peak: number
}

interface Command {
  readonly name: string
  readonly shell: string
  /** The store whose memory is emptied first. */
  readonly forget?: string
}

interface Comparison {
  readonly what: string
  readonly ours: string
  readonly rival: string
  /** Highest acceptable ratio; absent without a requirement. */
  readonly most?: number
}

const comparisons: readonly Comparison[] = [
  { what: 'cold → /dev/null, against the two-pass program', ours: 'cold', rival: 'two-pass', most: 1 / 6 },
  { what: 'cold → /dev/null, against tar | openssl', ours: 'cold', rival: 'tar|openssl', most: 1 },
  { what: 'warm | cat, against tar | cat', ours: 'warm|cat', rival: 'tar|cat', most: 1 },
  { what: '.debs, cold → /dev/null, against tar | openssl', ours: 'deb cold', rival: 'tar|openssl', most: 0.8 },
  { what: '.debs, warm | cat, against tar | cat', ours: 'deb warm|cat', rival: 'tar|cat', most: 0.6 },
  // Copying the same bytes, without any other work.
  { what: 'cat of the unpacked .debs | openssl, against tar | openssl', ours: 'cat|openssl', rival: 'tar|openssl' },
  { what: 'cat of the unpacked .debs | cat, against tar | cat', ours: 'cat|cat', rival: 'tar|cat' },
  { what: 'reading and writing them in Node | cat, against tar | cat', ours: 'copied|cat', rival: 'tar|cat' },
]

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'slipway-bench') },
    runs: { type: 'string', default: '5' },
    size: { type: 'string', multiple: true, default: ['small', 'large'] },
  },
})

const [program = '', copied = ''] = await bundled(values.folder, ['measured', 'copied'])
for (const size of values.size.filter((text): text is Size => text === 'small' || text === 'large'))
  report(size, await measured(size, Number(values.runs)))

async function measured(size: Size, runs: number): Promise<ReadonlyMap<string, Sample>> {
  const { folders, debs } = await prepare(values.folder, size)
  const commands = commandsOf(folders, debs)
  // Fills the page cache, and the memory of the stores for those that run warm.
  for (const { shell } of commands) run(shell)
  const samples = new Map<string, Sample[]>(commands.map(({ name }) => [name, []]))
  for (let round = 0; round < runs; round++) {
    for (const command of commands) {
      if (command.forget !== undefined) forget(command.forget)
      samples.get(command.name)?.push(run(command.shell))
    }
  }
  return new Map([...samples].map(([name, list]) => [name, median(list)]))
}

function commandsOf(folders: Prepared, debs: Prepared): readonly Command[] {
  const ours = ({ root, layers }: Prepared): string => `'${process.execPath}' '${program}' '${root}' '${layers}'`
  const tar = `tar -c -C '${folders.root}' nix/store`
  const rival = `python3 '${join(import.meta.dirname, 'two-pass.py')}' '${folders.root}' '${folders.rival}'`
  return [
    { name: 'two-pass', shell: `${rival} > /dev/null` },
    { name: 'tar|openssl', shell: `${tar} | openssl dgst -sha256 > /dev/null` },
    { name: 'cold', shell: `${ours(folders)} > /dev/null`, forget: folders.root },
    { name: 'deb cold', shell: `${ours(debs)} > /dev/null`, forget: debs.root },
    { name: 'tar|cat', shell: `${tar} | cat > /dev/null` },
    { name: 'warm|cat', shell: `${ours(folders)} | cat > /dev/null` },
    { name: 'deb warm|cat', shell: `${ours(debs)} | cat > /dev/null` },
    { name: 'cat|openssl', shell: `cat '${debs.root}'/unpacked/*.deb-1 | openssl dgst -sha256 > /dev/null` },
    { name: 'cat|cat', shell: `cat '${debs.root}'/unpacked/*.deb-1 | cat > /dev/null` },
    {
      name: 'copied|cat',
      shell: `'${process.execPath}' '${copied}' '${debs.root}'/unpacked/*.deb-1 | cat > /dev/null`,
    },
  ]
}

/**
 * Empties a store's memory, so that every size and digest must be computed again; files written when an object is added stay
 * (docs/store.md). The database itself stays: reading a store creates none.
 */
function forget(root: string): void {
  using database = new DatabaseSync(`${root}/slipway.sqlite`)
  database.exec('delete from layer; delete from fact')
}

function run(shell: string): Sample {
  const script = `TIMEFORMAT='times %R %U %S'; set -o pipefail; time { ${shell}; }`
  const output = execFileSync('bash', ['-c', `{ ${script}; } 2>&1`], { encoding: 'utf8' })
  const [, wall = '', user = '', system = ''] = /times (\S+) (\S+) (\S+)/.exec(output) ?? []
  const peak = /peak (\d+)/.exec(output)?.[1] ?? '0'
  return { wall: Number(wall), cpu: Number(user) + Number(system), peak: Number(peak) / 1024 }
}

function median(samples: readonly Sample[]): Sample {
  const middle = (pick: (sample: Sample) => number): number =>
    samples.map(pick).sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0
  return {
    wall: middle(({ wall }) => wall),
    cpu: middle(({ cpu }) => cpu),
    peak: Math.max(...samples.map(({ peak }) => peak)),
  }
}

function report(size: Size, samples: ReadonlyMap<string, Sample>): void {
  const lines = [`## ${size}`, '', '| command | wall s | cpu s | peak MB |', '| --- | --- | --- | --- |']
  for (const [name, { wall, cpu, peak }] of samples)
    lines.push(`| ${name} | ${wall.toFixed(2)} | ${cpu.toFixed(2)} | ${peak === 0 ? '' : peak.toFixed(0)} |`)
  lines.push('', '| ours against | wall | cpu | asked | |', '| --- | --- | --- | --- | --- |')
  for (const { what, ours, rival, most } of comparisons) {
    const [a, b] = [samples.get(ours), samples.get(rival)]
    if (a === undefined || b === undefined) continue
    const ratio = a.wall / b.wall
    const [asked, verdict] = most === undefined ? ['', ''] : [most.toFixed(2), ratio <= most ? 'holds' : 'MISSED']
    lines.push(`| ${what} | ${ratio.toFixed(2)} | ${(a.cpu / b.cpu).toFixed(2)} | ${asked} | ${verdict} |`)
  }
  process.stdout.write(`${lines.join('\n')}\n\n`)
}
