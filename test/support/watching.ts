/** A command with `--watch`: what it prints is read line by line, until it is stopped. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'

const command = join(import.meta.dirname, '../../bin/slipway.js')

/** A command that runs. */
export interface Watching {
  /** Waits for a line, of either stream, that matches; gives the lines up to it. @throws Error when the command ends before */
  until(pattern: RegExp): Promise<readonly string[]>
  /** Stops it as Ctrl-C does; gives its exit code. */
  stop(): Promise<number | string>
}

/** Words that start the command otherwise, such as `unshare`. */
export interface WatchingOptions {
  readonly cwd: string
  readonly through?: readonly string[]
}

/** Starts `slipway WORDS`. Its store is in `.store` below the working directory. */
export function watching(words: readonly string[], { cwd, through = [] }: WatchingOptions): Watching {
  // One pipe, so that lines come in the order in which they are printed.
  const child = spawn('sh', ['-c', 'exec "$@" 2>&1', 'sh', ...through, process.execPath, command, ...words], {
    cwd,
    env: { ...process.env, SLIPWAY_STORE: join(cwd, '.store'), NODE_TEST_CONTEXT: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const [lines, all]: [string[], string[]] = [[], []]
  let wake = (): void => {}
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    all.push(line)
    wake()
  })
  let isOver = false
  void ended.then(() => {
    isOver = true
    wake()
  })
  const stop = async (): Promise<number | string> => {
    child.kill('SIGINT')
    const [code, signal] = await ended
    return code ?? signal
  }
  // A test that fails must not leave it running.
  after(() => (isOver ? undefined : stop()))
  return {
    until: async (pattern) => {
      for (let at = 0; ; ) {
        while (at < lines.length) {
          at++
          if (pattern.test(lines[at - 1] ?? '')) return lines.splice(0, at)
        }
        assert.ok(!isOver, `it ended without ${pattern}: ${all.join('\n')}`)
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    stop,
  }
}
