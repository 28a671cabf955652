/**
 * Measures `path()` of many small files. Usage: node bench/path.ts [--files N] [--runs N] [--folder DIR] [--build]
 *
 * "hashed": reads the directory and computes its store path, with nothing remembered, against `tar -c DIRECTORY | sha256sum` in the same
 * round. "built" (with --build): also adds it to an empty store, against `cp -r`. Memory is the peak above that of a directory of 100
 * files, per file.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { instantiate } from '../src/source/instantiate.ts'
import { pathPackage } from '../src/source/path.ts'
import { realise } from '../src/source/realise.ts'
import { inTestWorkshop } from '../test/support/workshop.ts'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '300000' },
    runs: { type: 'string', default: '3' },
    folder: { type: 'string', default: tmpdir() },
    build: { type: 'boolean', default: false },
    // The measured process.
    child: { type: 'string' },
  },
})

interface Measured {
  readonly seconds: number
  /** Bytes. */
  readonly peak: number
}

if (values.child === undefined) report()
else process.stdout.write(JSON.stringify(await measured(values.child)))

async function measured(folder: string): Promise<Measured> {
  return inTestWorkshop(async (shop) => {
    const begun = performance.now()
    const made = pathPackage(folder)
    const recipe = (await instantiate([made], shop)).of(made)
    if (values.build) await realise([recipe], shop)
    return { seconds: (performance.now() - begun) / 1000, peak: process.resourceUsage().maxRSS * 1024 }
  })
}

function report(): void {
  const root = mkdtempSync(join(values.folder, 'slipway-bench-'))
  try {
    const [few, many] = [join(root, 'few'), join(root, 'many')]
    makeFiles(few, 100)
    makeFiles(many, Number(values.files))
    const least = child(few).peak
    const times = new Map<string, number[]>()
    const note = (name: string, seconds: number): void => void times.set(name, [...(times.get(name) ?? []), seconds])
    let peak = 0
    for (let round = 0; round < Number(values.runs); round++) {
      note('tar -c | sha256sum', shell('tar -c "$1" | sha256sum', many))
      if (values.build) note('cp -r', shell('cp -r "$1" "$1.copy" && rm -rf "$1.copy"', many))
      const found = child(many)
      note(values.build ? 'built' : 'hashed', found.seconds)
      peak = Math.max(peak, found.peak)
    }
    for (const [name, all] of times) process.stdout.write(`${name}: ${median(all).toFixed(2)} s\n`)
    const [tar = 1, ours = 0] = ['tar -c | sha256sum', values.build ? 'built' : 'hashed'].map((name) =>
      median(times.get(name) ?? []),
    )
    process.stdout.write(`against tar: ${(ours / tar).toFixed(2)}\n`)
    process.stdout.write(`memory: ${((peak - least) / Number(values.files)).toFixed(0)} bytes a file\n`)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function makeFiles(folder: string, count: number): void {
  for (let number = 0; number < count; number++) {
    const directory = join(folder, `d${Math.floor(number / 10_000)}`, `e${Math.floor(number / 100) % 100}`)
    if (number % 100 === 0) mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, `file-${number}.txt`), `content of file ${number}\n`.repeat(1 + (number % 20)))
  }
}

function child(folder: string): Measured {
  const more = values.build ? ['--build'] : []
  const text = execFileSync(process.execPath, [import.meta.filename, '--child', folder, ...more], { encoding: 'utf8' })
  const found: Measured = JSON.parse(text)
  return found
}

function shell(script: string, folder: string): number {
  const begun = performance.now()
  execFileSync('sh', ['-c', script, 'sh', folder], { stdio: ['ignore', 'ignore', 'inherit'] })
  return (performance.now() - begun) / 1000
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}
