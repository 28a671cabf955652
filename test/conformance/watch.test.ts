/** `load --watch` and `run --watch` with a real engine: only what has changed is sent, and a container takes the place of the one before. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../support/command.ts'
import { noDocker } from '../support/dockerd.ts'
import { flagsOf, type TestEngine, testEngines, textIn } from '../support/engines.ts'
import { writeProject } from '../support/slipway.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { watching } from '../support/watching.ts'

const source = `import { debian } from 'slipway'
const { pkgs, dockerTools, copy } = debian({ suite: 'bookworm' })
export default dockerTools.buildLayeredImage({
  name: 'app',
  tag: '1',
  contents: [pkgs('busybox-static'), copy('./app', { to: '/app' })],
  config: { Entrypoint: ['/bin/busybox', 'sh'], Cmd: ['/app/main.sh'] },
})
`
const waiting = /^waiting for changes$/
/** Less than the layer of busybox, more than the others. */
const largest = 1_000_000

/** A container that says which version it is, says so when it is asked to end, and takes no longer than that. */
const script = (version: string): string =>
  `trap 'echo ${version} ends; exit' TERM\necho ${version} runs\nwhile :; do /bin/busybox sleep 0.05; done\n`

for (const { name, skip, start } of testEngines.filter(({ name }) => /classic|podman/.test(name)))
  test(`watch: ${name}`, { skip: skip || noDocker }, async (t) => {
    await start(temporaryFolder(), async (engine) => {
      const cwd = temporaryFolder()
      writeProject(cwd, { 'image.ts': source })
      mkdirSync(join(cwd, 'app'))
      const write = (text: string): void => writeFileSync(join(cwd, 'app/main.sh'), text)
      await t.test('load sends what has changed', () => loads({ engine, cwd, write }))
      await t.test('run replaces the container', () => replaces({ engine, cwd, write }))
    })
  })

interface Project {
  readonly engine: TestEngine
  readonly cwd: string
  readonly write: (text: string) => void
}

async function loads({ engine, cwd, write }: Project): Promise<void> {
  write('first')
  const { until, stop } = watching(['load', '--watch', '--json', ...flagsOf(engine.choice), 'image.ts'], { cwd })
  const sent = async (what: RegExp): Promise<number> => {
    const printed = (await until(waiting)).join('\n')
    assert.match(printed, what)
    return Number(/"sent":(\d+)/.exec(printed)?.[1])
  }
  assert.ok((await sent(/^loaded into (docker|podman) .*: [\d.]+ MB sent$/m)) > largest)
  write('second')
  const second = await sent(/^loaded into .*: [\d.]+ kB sent, the other layers were there$/m)
  assert.ok(second > 0 && second < largest, String(second))
  assert.equal(await textIn(engine, 'app:1', 'app/main.sh'), 'second')
  assert.equal(await stop(), 130)
}

async function replaces({ engine, cwd, write }: Project): Promise<void> {
  write(script('one'))
  const words = ['run', '--watch', '--network', 'none', ...flagsOf(engine.choice), 'image.ts']
  const { until, stop } = watching(words, { cwd })
  await until(/^one runs$/)
  write(script('two'))
  const lines = await until(/^two runs$/)
  assert.ok(lines.includes('one ends'), lines.join('\n'))
  const running = async (): Promise<readonly string[]> =>
    (await run('sh', ['-c', `${engine.shell} ps --all --quiet`])).split('\n').filter((line) => line !== '')
  const before = await running()
  assert.equal(before.length, 1)
  // A mistake, and an image that is the one that runs, leave the container alone.
  writeFileSync(join(cwd, 'image.ts'), 'export default \n')
  await until(/image\.ts.*does not parse/)
  writeFileSync(join(cwd, 'image.ts'), `${source}// the same\n`)
  await until(waiting)
  assert.deepEqual(await running(), before)
  // One that ends by itself is reported; one that does nothing about SIGTERM is removed.
  write('echo three runs; exit 3\n')
  await until(/^the container ended with 3$/)
  write(`trap '' TERM\necho four runs\nwhile :; do /bin/busybox sleep 0.05; done\n`)
  await until(/^four runs$/)
  write(script('five'))
  await until(/^five runs$/)
  assert.equal((await running()).length, 1)
  assert.equal(await stop(), 130)
  assert.deepEqual(await running(), [])
}
