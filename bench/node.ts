/**
 * Measures the image of a Node application. Usage: node bench/node.ts [--packages N] [--runs N]
 *
 * The application has N made-up packages on a registry on loopback; Node and Debian's packages are in the store. Each round: `npm ci
 * --omit=dev` with an empty cache and `tar` of the result; a build without any of the packages in the store, without compression; a build
 * after an edit of one own file; a build with nothing to do; and the least that a cold build and an edit can be in Node (node-floor.js):
 * fetching, hashing, decompressing, and writing the archive, which holds Node itself. Figures are medians; memory is the peak of the cold build.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { serveNpm } from '../test/support/npm-project.ts'
import { madeUpPackages, writeApp } from './node-app.ts'
import { publishedCommand } from './published.ts'

const { values } = parseArgs({
  options: { packages: { type: 'string', default: '200' }, runs: { type: 'string', default: '5' } },
})
const root = mkdtempSync(join(tmpdir(), 'slipway-bench-'))
const app = join(root, 'app')
const clean = join(root, 'clean')

try {
  await report()
} finally {
  rmSync(root, { recursive: true, force: true })
}

async function report(): Promise<void> {
  const command = publishedCommand(root)
  mkdirSync(app)
  const packages = madeUpPackages(Number(values.packages))
  await using registry = await serveNpm(packages)
  const build = (store: string, peak = false) => timed(slipway(command, store, peak))
  // Node and Debian's packages, by an application without packages.
  writeApp(app, [], registry)
  await build(clean)
  writeApp(app, packages, registry)
  const urls = packages.map(({ path }) => new URL(path, registry.url).href)
  const times = new Map<string, number[]>()
  const note = (name: string, seconds: number): void => void times.set(name, [...(times.get(name) ?? []), seconds])
  let peak = 0
  for (let round = 0; round < Number(values.runs); round++) {
    note('npm ci && tar', (await timed(npmAndTar(round))).seconds)
    const store = join(root, `store-${round}`)
    cpSync(clean, store, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
    const cold = await build(store, true)
    note('cold', cold.seconds)
    const [archive = ''] = globSync(join(store, 'nix/store/*-app.tar'))
    note('floor of cold', (await timed(floor(archive, urls))).seconds)
    note('floor of an edit', (await timed(floor(archive))).seconds)
    peak = Math.max(peak, Number(/peak (\d+)/.exec(cold.stderr)?.[1] ?? 0))
    writeFileSync(join(app, 'server.js'), `// ${round}\n`)
    note('one own file edited', (await build(store)).seconds)
    note('nothing to do', (await build(store)).seconds)
    rmSync(store, { recursive: true, force: true })
  }
  for (const [name, all] of times) process.stdout.write(`${name}: ${median(all).toFixed(3)} s\n`)
  const ratio = median(times.get('cold') ?? []) / median(times.get('npm ci && tar') ?? [1])
  process.stdout.write(`cold against npm: ${ratio.toFixed(2)}\nmemory: ${(peak / 1024).toFixed(0)} MB\n`)
}

interface Words {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

function slipway(command: string, store: string, peak: boolean): Words {
  const hook = `process.on('exit', () => process._rawDebug('peak ' + process.resourceUsage().maxRSS))`
  const watching = peak ? ['--import', `data:text/javascript,${encodeURIComponent(hook)}`] : []
  return {
    words: [process.execPath, ...watching, command, 'build', 'image.ts', '--no-link', '--quiet'],
    env: { SLIPWAY_STORE: store },
  }
}

function npmAndTar(round: number): Words {
  const script =
    'npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent && tar -cf ../npm.tar . && rm -r node_modules'
  return { words: ['sh', '-c', script], env: { npm_config_cache: join(root, `cache-${round}`) } }
}

/** What no build can be without (node-floor.js). */
function floor(archive: string, urls: readonly string[] = []): Words {
  const program = join(import.meta.dirname, 'node-floor.js')
  return { words: [process.execPath, program, archive, join(root, 'floor.tar'), ...urls], env: {} }
}

async function timed({ words, env }: Words): Promise<{ readonly seconds: number; readonly stderr: string }> {
  const [file = '', ...rest] = words
  const begun = performance.now()
  const child = spawn(file, rest, { cwd: app, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString('utf8')
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}`)
  return { seconds: (performance.now() - begun) / 1000, stderr }
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}
