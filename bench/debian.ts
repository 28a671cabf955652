/**
 * Measures locking and cold builds of Debian packages and prints the requirements beside the results. Usage: node bench/debian.ts [--runs
 * N]
 *
 * Measures slipway as published. All downloads go through a proxy on loopback that keeps every response, so the network costs the same each
 * time: next to nothing. Rounds are interleaved and figures are the minimum of all rounds, since other load on the machine only adds; on a
 * machine that is never idle, compare the cpu time. Needs npm, curl, ar, taskset, xz, and an archive over HTTP in the machine's apt
 * settings.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { publishedCommand } from './published.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } })
/**
 * Seconds; "cpu" is user and system time of all processes.
 */
interface Sample {
  readonly wall: number
  readonly cpu: number
}

/** A directory with an image of one package. */
interface Project {
  readonly folder: string
  readonly lock: string
}

const answers = new Map<string, Promise<{ readonly status: number; readonly body: Buffer }>>()
/**
 * Addresses of packages, in the order of requests.
 */
const debs = new Set<string>()
const proxy = createServer((request, response) => {
  void answer(request).then(
    ({ status, body }) => response.writeHead(status).end(body),
    () => response.writeHead(502).end(),
  )
}).listen(0, '127.0.0.1')
await once(proxy, 'listening')
const address = proxy.address()
if (address === null || typeof address === 'string') throw new Error('no port')
const environment = { ...process.env, http_proxy: `http://127.0.0.1:${address.port}`, no_proxy: '' }

const root = mkdtempSync(join(tmpdir(), 'slipway-bench-'))
const command = `'${process.execPath}' '${publishedCommand(root)}'`
try {
  await report()
} finally {
  rmSync(root, { recursive: true, force: true })
  proxy.close()
}

function answer({ url = '' }: IncomingMessage): Promise<{ readonly status: number; readonly body: Buffer }> {
  const known = answers.get(url)
  if (known !== undefined) return known
  const asked = fetch(url).then(async (got) => ({ status: got.status, body: Buffer.from(await got.arrayBuffer()) }))
  answers.set(url, asked)
  if (url.endsWith('.deb')) debs.add(url)
  return asked
}

async function report(): Promise<void> {
  const redis = project('redis-server')
  const postgres = project('postgresql')
  // Fill the proxy, and the second's lock and store.
  await shell(`${command} build image.ts#stream --no-link`, postgres)
  const urls = [...debs]
  await locked(redis, { cold: true })
  writeFileSync(join(postgres.folder, 'urls'), urls.map((url) => `url = "${url}"\nremote-name\n`).join(''))

  const samples = new Map<string, Sample[]>()
  const measure = async (name: string, work: () => Promise<Sample>): Promise<void> => {
    samples.set(name, [...(samples.get(name) ?? []), await work()])
  }
  for (let round = 0; round < Number(values.runs); round++) {
    await measure('lock, cold', () => locked(redis, { cold: true }))
    await measure('lock, warm', () => locked(redis, { cold: false }))
    await measure('unpack, one core', () => unpacked(postgres, 'taskset -c 0'))
    await measure('unpack, two cores', () => unpacked(postgres, 'taskset -c 0,1'))
    await measure('fetch', () => fetchedAnew(postgres))
    await measure('xz -dc, two cores', () => decompressed(postgres, '> /dev/null'))
    await measure('xz -dc into files, two cores', () => decompressed(postgres, '> "$0.tar"'))
    await measure('cold build', () => built(postgres, 'image.ts#stream'))
    await measure('cold build, with its archive', () => built(postgres, 'image.ts'))
  }
  print(new Map([...samples].map(([name, list]) => [name, least(list)])))
}

function project(name: string): Project {
  const folder = mkdtempSync(join(root, `${name}-`))
  writeFileSync(join(folder, 'package.json'), '{}')
  writeFileSync(
    join(folder, 'image.ts'),
    `import { debian } from 'slipway'
const { pkgs, dockerTools } = debian({ suite: 'bookworm' })
const image = { name: 'bench', contents: [pkgs('${name}')] }
export const stream = dockerTools.streamLayeredImage(image)
export default dockerTools.buildLayeredImage({ ...image, compressor: 'none' })
`,
  )
  return { folder, lock: join(folder, 'slipway.lock') }
}

/** Cold: the store is empty. Warm: it has indexes and packages. */
async function locked(given: Project, { cold }: { readonly cold: boolean }): Promise<Sample> {
  rmSync(given.lock, { force: true })
  if (cold) rmSync(join(given.folder, 'store'), { recursive: true, force: true })
  return shell(`${command} lock image.ts`, given)
}

/** Excludes starting the program. */
async function unpacked(given: Project, cores: string): Promise<Sample> {
  rmSync(join(given.folder, 'store/unpacked'), { recursive: true, force: true })
  const program = join(import.meta.dirname, 'unpack.ts')
  const taken = join(given.folder, 'taken')
  const { cpu } = await shell(
    `${cores} '${process.execPath}' '${program}' '${given.folder}' postgresql > '${taken}'`,
    given,
  )
  return { wall: Number(readFileSync(taken, 'utf8')), cpu }
}

async function fetchedAnew(given: Project): Promise<Sample> {
  return shell('rm -rf debs && mkdir debs && cd debs && curl -sSf --parallel --parallel-max 4 -K ../urls', given)
}

/** The data archives are extracted from the packages first, which takes almost no time. */
async function decompressed(given: Project, to: string): Promise<Sample> {
  const parts =
    'rm -rf parts; mkdir parts; for f in debs/*.deb; do ar p "$f" data.tar.xz > parts/$(basename "$f").xz; done'
  await shell(parts, given)
  return shell(`ls -S parts/*.xz | xargs -P2 -n1 sh -c 'xz -dc "$0" ${to}'`, given)
}

async function built(given: Project, target: string): Promise<Sample> {
  rmSync(join(given.folder, 'store'), { recursive: true, force: true })
  return shell(`${command} build ${target} --no-link --frozen`, given)
}

async function shell(script: string, { folder }: Project): Promise<Sample> {
  const timed = `TIMEFORMAT='times %R %U %S'; set -o pipefail; time { ${script}; }`
  const child = spawn('bash', ['-c', timed], {
    cwd: folder,
    env: { ...environment, SLIPWAY_STORE: join(folder, 'store') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [said, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${said}`)
  const [, wall = '', user = '', system = ''] = /times (\S+) (\S+) (\S+)/.exec(said) ?? []
  return { wall: Number(wall), cpu: Number(user) + Number(system) }
}

function least(list: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number): number => Math.min(...list.map(pick))
  return { wall: of(({ wall }) => wall), cpu: of(({ cpu }) => cpu) }
}

function print(found: ReadonlyMap<string, Sample>): void {
  const of = (name: string): number => found.get(name)?.wall ?? 0
  const lines = [...found].map(([name, { wall, cpu }]) => `| ${name} | ${wall.toFixed(2)} | ${cpu.toFixed(2)} |`)
  const verdict = (what: string, value: number, { least = 0, most = Infinity }: { least?: number; most?: number }) =>
    `| ${what} | ${value.toFixed(2)} | ${least > 0 ? `≥ ${least}` : `≤ ${most}`} | ${value >= least && value <= most ? 'holds' : 'MISSED'} |`
  const rival = of('xz -dc, two cores') + of('fetch')
  process.stdout.write(
    [
      '| what | wall s | cpu s |',
      '| --- | --- | --- |',
      ...lines,
      '',
      '| asked | measured | limit | |',
      '| --- | --- | --- | --- |',
      verdict('lock redis-server, cold, s', of('lock, cold'), { most: 3 }),
      verdict('lock redis-server, warm, s', of('lock, warm'), { most: 0.5 }),
      verdict('unpack, one core / two cores', of('unpack, one core') / of('unpack, two cores'), { least: 1.7 }),
      verdict('cold build of postgresql / (xz + fetch)', of('cold build') / rival, { most: 1.2 }),
      // The parts that cannot be omitted, without any other work.
      `| xz into files + fetch / (xz + fetch) | ${((of('xz -dc into files, two cores') + of('fetch')) / rival).toFixed(2)} | | |`,
      `| unpacking alone / (xz + fetch) | ${(of('unpack, two cores') / rival).toFixed(2)} | | |`,
      `| the cold build with its archive, 385 MB | ${(of('cold build, with its archive') / rival).toFixed(2)} | | |`,
      '',
    ].join('\n'),
  )
}
