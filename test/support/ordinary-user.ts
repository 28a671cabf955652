/** Running a test file once more as an ordinary user, whom only root can make. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { missing, run } from './command.ts'

const marker = 'SLIPWAY_TEST_AS_USER'

/** Whether this process is such a run. */
export const isOrdinaryRun: boolean = process.env[marker] === '1'

/** Adds a test that runs the file as a user of its own, with a range of subordinate ids; skipped where this process is not root. */
export function alsoAsOrdinaryUser(file: string): void {
  if (isOrdinaryRun) return
  const skip =
    process.getuid?.() === 0 ? missing('useradd', 'userdel', 'setpriv', 'newuidmap') : 'only root makes users'
  test('the same as an ordinary user', { skip }, async () => {
    const user = `slipway-${process.pid}`
    await run('useradd', ['--no-create-home', '--shell', '/bin/false', user])
    try {
      if (!hasRange(user))
        await run('usermod', ['--add-subuids', '900000-965535', '--add-subgids', '900000-965535', user])
      await runAs(user, file)
    } finally {
      await run('userdel', [user])
    }
  })
}

function hasRange(user: string): boolean {
  return existsSync('/etc/subuid') && readFileSync('/etc/subuid', 'utf8').includes(`${user}:`)
}

async function runAs(user: string, file: string): Promise<void> {
  const words = ['--reuid', user, '--regid', user, '--clear-groups', '--', process.execPath, '--test', file]
  const child = spawn('setpriv', words, {
    env: { ...environment(), [marker]: '1', HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [status]: readonly unknown[] = await ended
  if (status !== 0) throw new Error(`As ${user}:\n${said}${complained}`)
}

/** A test runner's child must not report to the outer one. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, ...rest } = process.env
  return rest
}
