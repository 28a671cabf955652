/** Runs the command itself, as users do, from the sources. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { checkImage } from './image-check.ts'

/** File of the command. */
export const command: string = join(import.meta.dirname, '../../bin/slipway.js')

/** Result of a run of the command. */
export interface Ended {
  /** The exit code, or the signal's name. */
  readonly status: number | string
  readonly stdout: string
  readonly stderr: string
}

export interface SlipwayOptions {
  /** Working directory; the store is in `.store` below it. */
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Its standard input. */
  readonly input?: string
  /** Called with the process's id as soon as it runs. */
  readonly started?: (pid: number) => void
}

/** Runs `slipway WORDS` to its end; checks the image that it built. */
export async function slipway(words: readonly string[], options: SlipwayOptions): Promise<Ended> {
  const { cwd, env, input, started } = options
  const child = spawn(process.execPath, [command, ...words], {
    cwd,
    env: { ...process.env, SLIPWAY_STORE: join(cwd, '.store'), NODE_TEST_CONTEXT: '', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.end(input)
  if (child.pid !== undefined) started?.(child.pid)
  const [stdout, stderr, [code, signal]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'close'),
  ])
  if (words[0] === 'build' && code === 0 && /^\/.*\/nix\/store\/[^/]+\.tar(\.gz|\.zst)?\n$/.test(stdout))
    await checkImage(stdout.trimEnd())
  return { status: code ?? signal, stdout, stderr }
}

/** Writes the files of a project, as `npm init -y` would. */
export function writeProject(folder: string, files: Readonly<Record<string, string>>): void {
  const all = { 'package.json': '{ "name": "app", "version": "1.0.0", "type": "commonjs" }\n', ...files }
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}
