/**
 * Measures loading an image after one change, compared with a full load by the engine's own command. Usage: node bench/load.ts [--size
 * MEGABYTES] [--runs N] [--folder DIR] [--engine NAME]
 *
 * The image: a base of ten layers, which the engine has, and a layer with a directory in which one file has changed. A round loads it with
 * `slipway load`, which builds it as well; removes it from the engine; and loads the same image from a complete docker-archive, whose making
 * is not measured. Before each measurement the disk is at rest (sync). Engines are the test's own, each with an empty store; figures are medians.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { flagsOf, type TestEngine, testEngines } from '../test/support/engines.ts'
import { writeLargeBase } from './large-base.ts'
import { publishedCommand } from './published.ts'

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1500' },
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
    engine: { type: 'string', default: '' },
  },
})
const folder = mkdtempSync(join(values.folder, 'slipway-load-'))
const slipway = `"${process.execPath}" "${publishedCommand(folder)}"`

interface Sample {
  readonly wall: number
  /** Processor time of the command, without the engine's daemon. */
  readonly cpu: number
}

try {
  mkdirSync(join(folder, 'app'))
  await writeLargeBase(join(folder, 'base.tar'), Number(values.size))
  for (const { name, skip, start } of testEngines) {
    if (!name.includes(values.engine)) continue
    const own = join(folder, name.replace(/\W+/g, '-'))
    mkdirSync(own)
    if (skip === false) await start(own, async (engine) => measure(name, engine))
    else process.stdout.write(`${name}: skipped, ${skip}\n`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function measure(name: string, engine: TestEngine): void {
  const load = `${slipway} load image.ts --quiet ${flagsOf(engine.choice).join(' ')}`
  const isContainerd = engine.choice.engine === 'containerd'
  const full = isContainerd ? `${engine.shell} images import full.tar` : `${engine.shell} load --quiet --input full.tar`
  const remove = `${engine.shell} ${isContainerd ? 'images remove --sync' : 'rmi'} "${engine.written('changed:1')}"`
  describe('kept')
  change(name)
  timed(load)
  describe('changed')
  const samples: Record<'load' | 'full', Sample[]> = { load: [], full: [] }
  for (let round = 0; round < Number(values.runs); round++) {
    change(`${name} ${round}`)
    timed('sync')
    samples.load.push(timed(load))
    timed(remove)
    timed(`${slipway} build image.ts --quiet --to docker-archive:full.tar`)
    timed('sync')
    samples.full.push(timed(full))
    timed(remove)
    rmSync(join(folder, 'full.tar'))
  }
  const [ours, theirs] = [median(samples.load), median(samples.full)]
  const ratio = theirs.wall / ours.wall
  const shown = ({ wall, cpu }: Sample): string => `${wall.toFixed(2)} s (${cpu.toFixed(2)} s of processor)`
  process.stdout.write(
    `${name}: slipway load ${shown(ours)}, full load ${shown(theirs)}, ${ratio.toFixed(1)} × as fast\n`,
  )
}

function change(text: string): void {
  writeFileSync(join(folder, 'app/version'), text)
}

function describe(name: string): void {
  writeFileSync(
    join(folder, 'image.ts'),
    `import { debian } from 'slipway'
const { dockerTools, path } = debian({ suite: 'bookworm', architecture: 'amd64' })
export default dockerTools.buildLayeredImage({
  name: '${name}', tag: '1', fromImage: './base.tar', compressor: 'none', contents: path('./app'),
})
`,
  )
}

function timed(command: string): Sample {
  const script = `TIMEFORMAT='times %R %U %S'; time { ${command} > out.txt; }`
  const env = { ...process.env, SLIPWAY_STORE: join(folder, 'store') }
  const { status, stderr } = spawnSync('bash', ['-ec', script], { cwd: folder, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
  const [, wall, user, system] = /times (\S+) (\S+) (\S+)/.exec(stderr) ?? []
  return { wall: Number(wall), cpu: Number(user) + Number(system) }
}

function median(samples: readonly Sample[]): Sample {
  const middle = (pick: (sample: Sample) => number): number =>
    samples.map(pick).sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN
  return { wall: middle(({ wall }) => wall), cpu: middle(({ cpu }) => cpu) }
}
