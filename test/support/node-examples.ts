/** The Node applications of examples/, copied, built and started in the test's own engine. */
import assert from 'node:assert/strict'
import { cpSync, createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { removeTree } from '../../src/store/remove.ts'
import type { Docker } from './dockerd.ts'
import { slipway } from './slipway.ts'

/** Copies of examples, and one store for all of them. */
export interface Examples {
  /** Copies an example; gives its directory. */
  copy(name: string): string
  /** Builds what a copy's `image.ts` exports and writes it to an archive. */
  archive(directory: string, name?: string): Promise<string>
  /** Runs `slipway WORDS` in a copy. */
  slipway(directory: string, words: readonly string[]): Promise<string>
}

/** Call it once, outside of tests. */
export function examples(): Examples {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-examples-'))
  after(() => removeTree(folder))
  const command: Examples['slipway'] = async (cwd, words) => {
    const { status, stdout, stderr } = await slipway(words, { cwd, env: { SLIPWAY_STORE: join(folder, '.store') } })
    assert.equal(status, 0, stderr)
    return stdout
  }
  return {
    slipway: command,
    copy: (name) => {
      const directory = join(folder, name)
      cpSync(join(import.meta.dirname, '../../examples', name), directory, { recursive: true })
      for (const left of ['slipway.lock', 'result']) rmSync(join(directory, left), { force: true })
      return directory
    },
    archive: async (directory, name = 'default') => {
      const file = join(directory, `../${name}.tar`)
      const target = name === 'default' ? 'image.ts' : `image.ts#${name}`
      await command(directory, ['build', target, '--to', `docker-archive:${file}`, '--compressor', 'none'])
      return file
    },
  }
}

/** A running container, asked from inside: it has no network but its own loopback. */
export interface Running {
  readonly id: string
  /** Runs JavaScript in it, whose last expression is awaited and printed as JSON. */
  evaluate(expression: string): Promise<unknown>
  /** Answer of its server at a path of port 8080, once it listens. */
  text(path: string): Promise<string>
  /** Runs a program in it. */
  exec(words: readonly string[]): Promise<string>
  inspect(format: string): Promise<string>
  logs(): Promise<string>
  /** Stops it as engines do, by SIGTERM; gives the exit code, 137 where it had to be killed. */
  stop(): Promise<number>
}

/** How a container is started, where not as its image says. */
interface Starting {
  /** Options of the engine. */
  readonly options?: readonly string[]
  /** Instead of the image's Cmd. */
  readonly words?: readonly string[]
  /** The words that run Node in it. Default: `node`. */
  readonly node?: readonly string[]
}

/** Loads an image and starts a container of it. @param engine - docker or podman, which take the same words */
export async function started(
  engine: Docker,
  image: string,
  archive: string,
  { options = [], words: command = [], node = ['node'] }: Starting = {},
): Promise<Running> {
  await engine(['load'], { input: createReadStream(archive) })
  const id = (await engine(['run', '--detach', '--network', 'none', ...options, image, ...command])).trim()
  const exec: Running['exec'] = (words) => engine(['exec', id, ...words])
  const evaluate: Running['evaluate'] = async (expression) => {
    const printed = await exec([
      ...node,
      '-e',
      `(async () => ${expression})().then((value) => console.log(JSON.stringify(value)))`,
    ])
    const value: unknown = JSON.parse(printed)
    return value
  }
  return {
    id,
    exec,
    evaluate,
    text: async (path) => {
      const script = `(async () => {
        for (let tries = 0; ; tries++) {
          try { return await (await fetch('http://127.0.0.1:8080${path}')).text() }
          catch (failed) { if (tries > 300) throw failed }
          await new Promise((done) => setTimeout(done, 100))
        }
      })()`
      try {
        return String(await evaluate(script))
      } catch (failed) {
        throw new Error(`${String(failed)}\n${await engine(['logs', id])}`)
      }
    },
    inspect: async (format) => (await engine(['inspect', '--format', format, id])).trim(),
    logs: () => engine(['logs', id]),
    stop: async () => {
      await engine(['stop', '--time', '30', id])
      return Number(await engine(['inspect', '--format', '{{.State.ExitCode}}', id]))
    },
  }
}

/** Waits until something is so, for at most half a minute. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isSo()) return
    await setTimeout(100)
  }
  assert.fail('it never was')
}
