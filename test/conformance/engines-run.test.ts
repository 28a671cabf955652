/** Containers that `slipway run` starts in real engines: what they are given, what they give back, and signals. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { missing, run } from '../support/command.ts'
import { flagsOf, type TestEngine, testEngines } from '../support/engines.ts'
import { type Ended, slipway, writeProject } from '../support/slipway.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { inTerminal } from '../support/terminal.ts'

const source = `import { debian } from 'slipway'
const { pkgs, dockerTools } = debian({ suite: 'bookworm' })
export default dockerTools.buildLayeredImage({
  name: 'busybox',
  tag: '1',
  contents: [pkgs('busybox-static')],
  config: { Entrypoint: ['/bin/busybox', 'sh', '-c'], Cmd: ['echo default'] },
})
`

const cwd = temporaryFolder()
writeProject(cwd, { 'image.ts': source })
mkdirSync(join(cwd, 'shared'))

interface Running {
  readonly engine: TestEngine
  readonly ship: (
    flags: readonly string[],
    args: readonly string[],
    more?: { readonly input?: string; readonly started?: (pid: number) => void },
  ) => Promise<Ended>
}

for (const { name, skip, start } of testEngines)
  test(`run: ${name}`, { skip: skip || missing('script', 'stty') }, async (t) => {
    await start(temporaryFolder(), async (engine) => {
      const ship: Running['ship'] = (flags, args, more = {}) => {
        const words = ['run', '--network', 'none', ...flagsOf(engine.choice), ...flags, 'image.ts']
        return slipway([...words, ...(args.length === 0 ? [] : ['--', ...args])], { cwd, ...more })
      }
      if (await runsNothing({ engine, ship })) return t.skip('this engine can run no container here')
      for (const [what, check] of Object.entries(checks)) await t.test(what, () => check({ engine, ship }))
    })
  })

/** A newer Docker, started with another Debian's libraries, finds no shim that it can move. */
async function runsNothing({ engine, ship }: Running): Promise<boolean> {
  const { status, stderr } = await ship([], [])
  if (status === 0) return false
  assert.match(engine.shell, /^docker/, stderr)
  assert.match(stderr, /failed to start shim/)
  return true
}

const checks: Readonly<Record<string, (running: Running) => Promise<void>>> = {
  'the command is the image’s own, or what follows --; its exit code comes through': async ({ ship }) => {
    const own = await ship([], [])
    assert.deepEqual([own.status, own.stdout], [0, 'default\n'], own.stderr)
    const other = await ship([], ['echo out; echo err >&2; exit 7'])
    assert.deepEqual([other.status, other.stdout], [7, 'out\n'])
    assert.match(other.stderr, /^err$/m)
  },

  'variables, a directory, a user and standard input reach the container': async ({ engine, ship }) => {
    const flags = ['-e', 'NAME=a b', '-v', `${cwd}/shared:/shared`]
    const text = 'echo "$NAME"; test -d /shared && echo there'
    if (engine.choice.engine === 'containerd') {
      // ctr of containerd 1.6 chooses no user, and does not say that standard input is at its end.
      const { status, stdout, stderr } = await ship(flags, [text])
      assert.deepEqual([status, stdout], [0, 'a b\nthere\n'], stderr)
    } else {
      const reading = `${text}; /bin/busybox id -u; /bin/busybox cat`
      const more = { input: 'input\n' }
      const { status, stdout, stderr } = await ship([...flags, '--user', '12:34', '-i'], [reading], more)
      assert.deepEqual([status, stdout], [0, 'a b\nthere\n12\ninput\n'], stderr)
    }
    assert.equal(await containers(engine), '')
  },

  'in a terminal: keys, its size, Ctrl-C and the exit code come through': async ({ engine }) => {
    const words = ['run', '--network', 'none', ...flagsOf(engine.choice), '-it', 'image.ts', '--', terminalScript]
    const { until, type, resizeUntil, ended } = inTerminal(words, cwd)
    await until(/ready/)
    type('typed\n')
    await until(/got typed/)
    await resizeUntil(33, /3[34] 80/)
    type('\x03')
    await until(/interrupted/)
    assert.equal(await ended, 5)
    assert.equal(await containers(engine), '')
  },

  'SIGTERM reaches the container, and its answer comes through': async ({ engine, ship }) => {
    const [name, waiting] = [`up-${engine.choice.engine}`, 'while :; do /bin/busybox sleep 0.1; done']
    const up = join(cwd, 'shared', name)
    // Engines attach and pass signals on from shortly after the container's start, and say nothing of it.
    const text = `trap "echo stopped; exit 9" TERM; /bin/busybox sleep 1; echo > /shared/${name}; ${waiting}`
    const isEnded = new AbortController()
    const started = async (pid: number): Promise<void> => {
      while (!existsSync(up) && !isEnded.signal.aborted) await pause(50)
      if (!isEnded.signal.aborted) process.kill(pid, 'SIGTERM')
    }
    const ended = await ship(['-v', `${cwd}/shared:/shared`, '--name', 'stopped'], [text], {
      started: (pid) => void started(pid),
    })
    isEnded.abort()
    assert.deepEqual([ended.status, ended.stdout], [9, 'stopped\n'], ended.stderr)
    assert.equal(await containers(engine), '')
  },
}

/** Says what is typed, how large the terminal is when that changes, and that Ctrl-C was pressed. */
const terminalScript = `trap "/bin/busybox stty size" WINCH
trap "echo interrupted; exit 5" INT
/bin/busybox test -t 0 && echo ready
until [ -n "$line" ]; do read line; done
echo "got $line"
while :; do /bin/busybox sleep 0.1; done`

async function containers({ shell, choice }: TestEngine): Promise<string> {
  return run('sh', ['-c', choice.engine === 'containerd' ? `${shell} containers list -q` : `${shell} ps -aq`])
}
