/** Servers of Debian in images that Docker runs, asked by a program beside them or inside, and stopped as engines do. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { debian, type PackageSet } from '../../src/index.ts'
import { type Programs, programImage, programs } from './programs.ts'

/** How a server is asked; it has no network but its own loopback. */
export interface Asking {
  /** Options of its container. */
  readonly run?: readonly string[]
  /** Words of a program of the server's own image, or of one beside it. */
  readonly inside?: readonly string[]
  readonly beside?: readonly string[]
  /** Options of the container beside it. */
  readonly with?: readonly string[]
}

/** What tests of servers have. */
export interface Servers extends Programs {
  /** Debian's stable release. */
  readonly set: PackageSet
  /** The same with `essential: "tools"`. */
  readonly withTools: PackageSet
  /** Writes files below the home of the sets. */
  write(files: Readonly<Record<string, string | Uint8Array>>): void
  /** Answer of the server that a container of the image runs. It must end by itself when Docker stops it. */
  answer(image: string, asking: Asking): Promise<string>
}

/** Call it once, outside of tests. @param asking - packages of the programs that run beside servers */
export function servers(asking: readonly string[]): Servers {
  const { folder, docker, load, ...more } = programs()
  const common = { suite: 'trixie', directory: folder, exclude: ['doc', 'man', 'locale'] } as const
  const set = debian(common)
  let besides: Promise<void> | undefined
  const beside = () => {
    besides ??= load(programImage(set, 'beside', { contents: asking.map((name) => set.pkgs(name)) }))
    return besides
  }
  return {
    ...{ ...more, folder, docker, load, set },
    withTools: debian({ ...common, essential: 'tools' }),
    write: (files) => {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), content, { mode: /^#!|^\x7fELF/.test(String(content)) ? 0o755 : 0o644 })
      }
    },
    answer: async (image, { run = [], inside, ...other }) => {
      if (other.beside !== undefined) await beside()
      const id = (await docker(['run', '--detach', '--network', 'none', '--hostname', 'host', ...run, image])).trim()
      const asked =
        other.beside === undefined
          ? ['exec', id, ...(inside ?? [])]
          : ['run', '--rm', '--network', `container:${id}`, ...(other.with ?? []), 'beside', ...other.beside]
      try {
        const said = await untilAnswered(id, () => docker(asked))
        await docker(['stop', '--time', '30', id])
        const code = await docker(['inspect', '--format', '{{.State.ExitCode}}', id])
        assert.notEqual(code.trim(), '137', `${image} had to be killed`)
        return said
      } catch (thrown) {
        throw new Error(`${image}: ${await docker(['logs', id])}`, { cause: thrown })
      } finally {
        await docker(['rm', '--force', '--volumes', id])
      }
    },
  }

  async function untilAnswered(id: string, ask: () => Promise<string>): Promise<string> {
    for (let tries = 1; ; tries++) {
      try {
        return await ask()
      } catch (thrown) {
        const running = await docker(['inspect', '--format', '{{.State.Running}}', id])
        if (tries === 200 || running.trim() !== 'true') throw thrown
        await setTimeout(200)
      }
    }
  }
}
