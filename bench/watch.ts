/**
 * Measures `slipway run --watch`: the time from saving a file of a Node application to the first line that its new container prints.
 * Usage: node bench/watch.ts [--packages N] [--runs N] [--engine NAME]
 *
 * The application has N made-up packages on a registry on loopback. Beside each round, the engine's own command starts a container of the
 * same image, and its first line is awaited as well. "ended by SIGTERM": the application ends when it is asked to; otherwise it does nothing
 * about signals, so that its container has to be killed. Engines are the test's own; figures are medians.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { flagsOf, type TestEngine, testEngines } from '../test/support/engines.ts'
import { serveNpm } from '../test/support/npm-project.ts'
import { madeUpPackages, writeApp } from './node-app.ts'
import { publishedCommand } from './published.ts'

const { values } = parseArgs({
  options: {
    packages: { type: 'string', default: '200' },
    runs: { type: 'string', default: '5' },
    engine: { type: 'string', default: 'docker, classic' },
  },
})
const root = mkdtempSync(join(tmpdir(), 'slipway-watch-'))
const app = join(root, 'app')
const env = { ...process.env, SLIPWAY_STORE: join(root, 'store') }

try {
  const command = publishedCommand(root)
  mkdirSync(app)
  const packages = madeUpPackages(Number(values.packages))
  await using registry = await serveNpm(packages)
  // Node and Debian's packages, by an application without packages.
  writeApp(app, [], registry)
  execFileSync(process.execPath, [command, 'build', 'image.ts', '--no-link', '--quiet'], { cwd: app, env })
  writeApp(app, packages, registry)
  for (const { name, skip, start } of testEngines) {
    if (!name.includes(values.engine)) continue
    const own = join(root, name.replace(/\W+/g, '-'))
    mkdirSync(own)
    if (skip === false) await start(own, async (engine) => measure(name, engine, command))
    else process.stdout.write(`${name}: skipped, ${skip}\n`)
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}

async function measure(name: string, engine: TestEngine, command: string): Promise<void> {
  for (const handler of ["process.once('SIGTERM', () => process.exit(0))", '']) {
    write('begun', handler)
    const words = ['run', '--watch', '--quiet', '--network', 'none', ...flagsOf(engine.choice), 'image.ts']
    const watching = spawn(process.execPath, [command, ...words], { cwd: app, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const lines = readLines(watching)
    await lines.until('begun')
    const [changed, started]: [number[], number[]] = [[], []]
    for (let round = 0; round < Number(values.runs); round++) {
      await pause(500)
      const begun = performance.now()
      write(`round ${round}`, handler)
      await lines.until(`round ${round}`)
      changed.push(performance.now() - begun)
      started.push(await ownStart(engine, `round ${round}`, `beside-${handler.length}-${round}`))
    }
    watching.kill('SIGTERM')
    await once(watching, 'close')
    const what = handler === '' ? 'killed' : 'ended by SIGTERM'
    const figures = `${seconds(changed)} from saving to the first line; the engine’s own start ${seconds(started)}`
    process.stdout.write(`${name}, ${what}: ${figures}\n`)
  }
}

function write(stamp: string, handler: string): void {
  writeFileSync(join(app, 'server.js'), `console.log('${stamp}')\n${handler}\nsetInterval(() => {}, 1000)\n`)
}

/** Seconds until the engine's own command has started a container of the image that runs. */
async function ownStart(engine: TestEngine, stamp: string, name: string): Promise<number> {
  const run =
    engine.choice.engine === 'containerd'
      ? `run --rm ${engine.written('app:latest')} ${name}`
      : `run --rm --network none --name ${name} ${engine.written('app:latest')}`
  const begun = performance.now()
  const child = spawn('sh', ['-c', `exec ${engine.shell} ${run}`], { stdio: ['ignore', 'pipe', 'pipe'] })
  await readLines(child).until(stamp)
  const taken = performance.now() - begun
  const kill = engine.choice.engine === 'containerd' ? `task kill --signal SIGKILL ${name}` : `rm --force ${name}`
  const killing = spawn('sh', ['-c', `exec ${engine.shell} ${kill}`], { stdio: 'ignore' })
  await Promise.all([once(child, 'close'), once(killing, 'close')])
  return taken
}

function readLines(child: ChildProcess): { readonly until: (line: string) => Promise<void> } {
  const lines: string[] = []
  let isOver = false
  let wake = (): void => {}
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null)
      createInterface(stream).on('line', (line) => {
        lines.push(line)
        wake()
      })
  child.once('close', () => {
    isOver = true
    wake()
  })
  return {
    until: async (line) => {
      while (!lines.includes(line)) {
        if (isOver) throw new Error(`it ended: ${lines.join('\n')}`)
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}

function seconds(list: readonly number[]): string {
  const middle = [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN
  return `${(middle / 1000).toFixed(2)} s`
}
