/**
 * Compares trees of real packages with what the installed npm makes of the same lock file, for x64, arm64 and musl: run by hand, since it
 * asks npm's registry. Arguments: names of packages; each alone with `--alone`, else all in one project.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inWorkshop } from '../src/actions/workshop.ts'
import { node } from '../src/sets/node.ts'
import { run } from '../test/support/command.ts'
import { differences, installedTree, laidOutTree } from '../test/support/npm-tree.ts'

const platforms = [
  { architecture: 'amd64', cpu: 'x64', libc: 'glibc' },
  { architecture: 'arm64', cpu: 'arm64', libc: 'glibc' },
  { architecture: 'amd64', cpu: 'x64', libc: 'musl' },
] as const

const folder = mkdtempSync(join(tmpdir(), 'npm-parity-'))
const store = join(folder, 'store')
const words = process.argv.slice(2)
const names = words.filter((word) => !word.startsWith('--'))
const projects = words.includes('--alone') ? names.map((name) => [name]) : [names]
try {
  for (const [index, wanted] of projects.entries()) await compare(wanted, join(folder, String(index)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function compare(wanted: readonly string[], directory: string): Promise<void> {
  await run('mkdir', [directory])
  const npm = (...args: readonly string[]) =>
    run('sh', ['-c', 'umask 022; exec npm "$@"', 'npm', ...args, '--no-audit', '--no-fund'], { cwd: directory })
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'parity', private: true }))
  await npm('install', '--package-lock-only', ...wanted)
  const lock = readFileSync(join(directory, 'package-lock.json'), 'utf8')
  const places = [...lock.matchAll(/^ {4}"(?:.*node_modules\/)?([^"]+)": \{$/gm)].map(([, name = '']) => name)
  // What must be compiled is left as it is, as npm leaves it without scripts.
  const scripts = Object.fromEntries(places.map((name) => [name, 'skip'] as const))
  const runtime = (await run('node', ['-p', 'process.versions.node'])).trim()
  for (const { architecture, cpu, libc } of platforms) {
    await npm('ci', '--omit=dev', '--ignore-scripts', '--os=linux', `--cpu=${cpu}`, `--libc=${libc}`)
    const installed = installedTree(directory)
    const own = await inWorkshop({ store }, (shop) =>
      laidOutTree(node({ directory, runtime, architecture, libc, scripts }), shop),
    )
    const found = differences(installed, own)
    const names = wanted.length > 3 ? `${wanted.length} packages` : wanted.join(' ')
    console.log(
      `${names}, ${cpu} ${libc}: ${places.length} entries, ${installed.size} paths, ${found.length} differences`,
    )
    for (const line of found.slice(0, 20)) console.log(`  ${line}`)
  }
}
