/**
 * Measures pushing and pulling, compared with skopeo, with Debian's docker-registry empty before each, and prints ratios. Usage: node
 * bench/push.ts [--folder DIR] [--runs N] [--size small|large]
 *
 * Rounds are interleaved, as in stream.ts. Packages are unpacked in the store and nothing is compressed; skopeo gets the finished archive.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { bundled } from './bundled.ts'
import { prepare, type Size } from './prepare.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'slipway-bench') },
    runs: { type: 'string', default: '3' },
    size: { type: 'string', default: 'large' },
  },
})
const size: Size = values.size === 'small' ? 'small' : 'large'
const host = '127.0.0.1:5077'
const folder = join(values.folder, 'push')
mkdirSync(folder, { recursive: true })
const { folders } = await prepare(values.folder, size)
const archive = join(folder, `${size}.tar`)
const [pushed = '', measured = ''] = await bundled(values.folder, ['pushed', 'measured'])
const program = (file: string, ...words: readonly string[]): readonly string[] => [process.execPath, file, ...words]
if (!existsSync(archive))
  execFileSync('bash', ['-c', `'${program(measured, folders.root, folders.layers).join("' '")}' > '${archive}'`])

const skopeo = ['skopeo', '--insecure-policy', 'copy', '-q']
const push = (compressor: string) => program(pushed, 'push', folders.root, folders.layers, `${host}/ours:1`, compressor)
const pulled = join(folder, 'pulled')

interface Command {
  readonly name: string
  readonly words: readonly string[]
  /** Untimed preparation. */
  readonly before: () => void
}

/** Removes compressed layers and pieces of them, and forgets sizes and digests. */
const unpacked = (): void => {
  for (const name of ['blobs', 'pieces']) rmSync(join(folders.root, name), { recursive: true, force: true })
  using database = new DatabaseSync(join(folders.root, 'slipway.sqlite'))
  database.exec('delete from layer; delete from fact')
}
const fresh = (): void => {
  for (const name of ['pulled', 'pulled.tar', 'pulled-oci'])
    rmSync(join(folder, name), { recursive: true, force: true })
}
const toRegistry = ['--dest-tls-verify=false', `docker-archive:${archive}`, `docker://${host}/theirs:1`]
const commands: readonly Command[] = [
  { name: 'skopeo gz', words: [...skopeo, ...toRegistry], before: () => {} },
  { name: 'push gz', words: push('gz'), before: unpacked },
  { name: 'push zstd', words: push('zstd'), before: unpacked },
]
const inRegistry: readonly Command[] = [
  { name: 'push again', words: push('gz'), before: () => {} },
  {
    name: 'skopeo to archive',
    words: [...skopeo, '--src-tls-verify=false', `docker://${host}/ours:1`, `docker-archive:${pulled}.tar`],
    before: fresh,
  },
  {
    name: 'skopeo to layout',
    words: [...skopeo, '--src-tls-verify=false', `docker://${host}/ours:1`, `oci:${pulled}-oci:x`],
    before: fresh,
  },
  { name: 'pull', words: program(pushed, 'pull', pulled, `${host}/ours:1`), before: fresh },
]

interface Sample {
  readonly wall: number
  readonly cpu: number
  readonly took: number
  readonly peak: number
}

const samples = new Map<string, Sample[]>()
for (let round = 0; round < Number(values.runs); round++) {
  for (const command of commands) await withRegistry(async () => measure(command))
  await withRegistry(async () => {
    unpacked()
    execFileSync('bash', ['-c', `'${push('gz').join("' '")}'`], { stdio: 'ignore' })
    for (const command of inRegistry) measure(command)
  })
}
report()

function measure({ name, words, before }: Command): void {
  before()
  const script = `TIMEFORMAT='times %R %U %S'; time '${words.join("' '")}'`
  const output = execFileSync('bash', ['-c', `{ ${script}; } 2>&1`], { encoding: 'utf8' })
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0)
  const cpu = number(/times \S+ (\S+)/) + number(/times \S+ \S+ (\S+)/)
  const sample = { wall: number(/times (\S+)/), cpu, took: number(/took (\S+)/), peak: number(/peak (\d+)/) / 1024 }
  samples.set(name, [...(samples.get(name) ?? []), sample])
}

function report(): void {
  const median = (name: string, pick: (sample: Sample) => number): number => {
    const sorted = (samples.get(name) ?? []).map(pick).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  }
  const lines = [
    `## ${size}`,
    '',
    '| command | wall s | of it at work | cpu s | peak MB |',
    '| --- | --- | --- | --- | --- |',
  ]
  for (const [name, list] of samples)
    lines.push(
      `| ${name} | ${median(name, ({ wall }) => wall).toFixed(2)} | ${median(name, ({ took }) => took).toFixed(2)} | ${median(name, ({ cpu }) => cpu).toFixed(2)} | ${Math.max(...list.map(({ peak }) => peak)).toFixed(0)} |`,
    )
  lines.push('', '| ours against | wall | asked |', '| --- | --- | --- |')
  for (const [ours, rival, asked] of [
    ['push gz', 'skopeo gz', 1.1],
    ['push zstd', 'skopeo gz', 0.8],
    ['pull', 'skopeo to archive', 0.6],
    ['pull', 'skopeo to layout', undefined],
  ] as const) {
    const ratio = median(ours, ({ wall }) => wall) / median(rival, ({ wall }) => wall)
    lines.push(`| ${ours}, ${rival} | ${ratio.toFixed(2)} | ${asked ?? ''} |`)
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Runs with an empty registry. */
async function withRegistry(work: () => Promise<void>): Promise<void> {
  const storage = join(folder, 'registry')
  rmSync(storage, { recursive: true, force: true })
  const config = join(folder, 'registry.json')
  const settings = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: storage } },
    http: { addr: host },
  }
  writeFileSync(config, JSON.stringify(settings))
  const registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
  try {
    while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 50))
    await work()
  } finally {
    registry.kill()
    await once(registry, 'exit')
  }
}

async function answers(): Promise<boolean> {
  const [address = '', port = ''] = host.split(':')
  const socket = connect(Number(port), address)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
