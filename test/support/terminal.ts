/** Runs the command in a terminal, which `script` of util-linux makes: keys go in, what is shown comes out. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { run } from './command.ts'

const command = join(import.meta.dirname, '../../bin/slipway.js')

/** A command in a terminal. */
export interface Terminal {
  /** Waits until what it has shown matches. @throws Error when it ends before */
  until(pattern: RegExp): Promise<void>
  type(keys: string): void
  /**
   * Changes the number of rows, to this and one more in turn, until what it has shown matches: docker's client notices no change that comes
   * right after the container's start, and podman not the second of two at once.
   */
  resizeUntil(rows: number, pattern: RegExp): Promise<void>
  /** Exit code of the command, as a shell says it. */
  readonly ended: Promise<number>
}

/** Starts `slipway WORDS` in a terminal of 24 rows and 80 columns. Its store is in `.store` below the working directory. */
export function inTerminal(words: readonly string[], cwd: string): Terminal {
  const name = join(mkdtempSync(join(cwd, 'terminal-')), 'name')
  const quoted = [process.execPath, command, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const line = `tty > '${name}'; stty rows 24 cols 80; exec ${quoted}`
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    cwd,
    env: { ...process.env, SLIPWAY_STORE: join(cwd, '.store'), NODE_TEST_CONTEXT: '', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let [shown, isOver] = ['', false]
  let wake = (): void => {}
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    wake()
  })
  const ended = once(child, 'close').then(([code]) => {
    isOver = true
    wake()
    return Number(code)
  })
  // A test that fails must not leave it running.
  after(() => child.kill())
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(shown)) {
      assert.ok(!isOver, `it ended without ${pattern}: ${shown}`)
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return {
    ended,
    until,
    type: (keys) => void child.stdin.write(keys),
    resizeUntil: async (rows, pattern) => {
      assert.ok(existsSync(name))
      const terminal = readFileSync(name, 'utf8').trim()
      const isShown = until(pattern)
      for (let more = 0; !pattern.test(shown); more = 1 - more) {
        await run('stty', ['-F', terminal, 'rows', String(rows + more)])
        await Promise.race([isShown, pause(500)])
      }
      return isShown
    },
  }
}
