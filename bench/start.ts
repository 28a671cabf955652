/**
 * Measures slipway with nothing to do. Usage: node bench/start.ts [--runs N]
 *
 * An image of texts is built once; then building it again, and sending its stream to /dev/null, are timed in turn with a Node that does
 * nothing. Figures are medians.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { publishedCommand } from './published.ts'

const image = `import { debian } from 'slipway'
const { dockerTools, writeTextDir } = debian({ suite: 'bookworm' })
const contents = writeTextDir('bin/app', '#!/bin/sh\\n')
export const app = dockerTools.buildLayeredImage({ name: 'app', tag: 'latest', contents, config: { Cmd: ['/bin/app'] } })
export const stream = app.stream
`

const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } })
const root = mkdtempSync(join(tmpdir(), 'slipway-bench-'))
try {
  report()
} finally {
  rmSync(root, { recursive: true, force: true })
}

function report(): void {
  const command = publishedCommand(root)
  writeFileSync(join(root, 'package.json'), '{}')
  writeFileSync(join(root, 'image.ts'), image)
  const commands: Readonly<Record<string, readonly string[]>> = {
    'node, nothing': [process.execPath, '--eval', '0'],
    'build, nothing to do': [process.execPath, command, 'build', 'image.ts#app'],
    'stream script': ['./result-stream'],
  }
  run([process.execPath, command, 'build', 'image.ts#stream', '--out', 'result-stream'])
  for (const words of Object.values(commands)) run(words)
  const times = new Map<string, number[]>()
  for (let round = 0; round < Number(values.runs); round++) {
    for (const [name, words] of Object.entries(commands)) times.set(name, [...(times.get(name) ?? []), run(words)])
  }
  for (const [name, list] of times) process.stdout.write(`${name}: ${median(list).toFixed(3)} s\n`)
}

function run([file = '', ...words]: readonly string[]): number {
  const begun = performance.now()
  const env = { ...process.env, SLIPWAY_STORE: join(root, 'store') }
  execFileSync(file, words, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] })
  return (performance.now() - begun) / 1000
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}
