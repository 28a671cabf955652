/** Places that users name as output: standard output, links, devices, FIFOs; and leftovers of killed runs beside them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missing, run } from '../support/command.ts'
import { slipway, writeProject } from '../support/slipway.ts'
import { inFolder } from '../support/workshop.ts'

const source = `import { debian } from 'slipway'
const { dockerTools, writeTextDir } = debian({ suite: 'bookworm', architecture: 'amd64' })
const contents = writeTextDir('etc/motd', 'hello\\n')
export default dockerTools.buildLayeredImage({ name: 'one', tag: '1', contents, compressor: 'none' })
`

const command = join(import.meta.dirname, '../../bin/slipway.js')

async function inProject(work: (cwd: string) => Promise<void>): Promise<void> {
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': source })
    await work(cwd)
  })
}

async function ship(words: string, cwd: string): Promise<string> {
  const { status, stdout, stderr } = await slipway(words.split(' '), { cwd })
  assert.equal(status, 0, stderr)
  return stdout
}

test('cli: "-" is standard output in every single-file format, and nothing else is printed there', async () => {
  await inProject(async (cwd) => {
    const env = { SLIPWAY_STORE: join(cwd, '.store'), NODE_TEST_CONTEXT: '' }
    await ship('build image.ts --to oci:layout', cwd)
    const cases = [
      ['copy oci:layout docker-archive:', '', ''],
      ['copy oci:layout oci-archive:', '', ' --json'],
      ['build image.ts --to docker-archive:', '', ''],
      ['build image.ts --to oci-archive:', '', ' --json'],
      ['build image.ts --to docker-archive:', ':other:2', ''],
      ['merge image.ts -o ', '', ''],
      ['merge image.ts -o oci-archive:', '', ''],
      ['export image.ts -o ', '', ''],
    ]
    for (const [index, [words, name, more]] of cases.entries()) {
      const file = join(cwd, `expected-${index}`)
      await ship(`${words}${file}${name}`, cwd)
      const line = `'${process.execPath}' '${command}' ${words}-${name}${more} > printed`
      await run('sh', ['-c', line], { cwd, env })
      assert.ok(readFileSync(join(cwd, 'printed')).equals(readFileSync(file)), `${words}${name}`)
    }
    const { status, stderr } = await slipway(['build', 'image.ts', '--to', 'oci:-'], { cwd })
    assert.equal(status, 1)
    assert.match(stderr, /oci-archive:-.*\[argument\.invalid\]/)
    assert.deepEqual(globSync('-', { cwd }), [])
  })
})

test('cli: a device as output stays a device, and the link of a build replaces no other link', {
  skip: process.getuid?.() === 0 ? missing('mknod') : 'making a device needs root',
}, async (context) => {
  await inProject(async (cwd) => {
    if (spawnSync('mknod', [join(cwd, 'n'), 'c', '1', '3']).status !== 0) return context.skip('mknod is not allowed')
    symlinkSync('n', join(cwd, 'link'))
    await ship('build image.ts --to docker-archive:n', cwd)
    await ship('build image.ts --to oci-archive:link', cwd)
    await ship('merge image.ts -o docker-archive:link', cwd)
    await ship('export image.ts -o n', cwd)
    for (const out of ['n', 'link', '-', '']) {
      const { status, stderr } = await slipway(['build', 'image.ts', '--out', out], { cwd })
      assert.deepEqual([out, status], [out, 1])
      assert.match(stderr, /\[(result\.unwritable|argument\.invalid)\]/)
    }
    assert.ok(lstatSync(join(cwd, 'n')).isCharacterDevice() && lstatSync(join(cwd, 'link')).isSymbolicLink())
  })
})

test('cli: leftovers of a killed run are removed by the next run to the same place, and by the next build', async () => {
  await inProject(async (cwd) => {
    await ship('build image.ts --to oci:layout', cwd)
    const abandoned = ['.', 'layout', 'layout/blobs/sha256', '.store/tmp'].map((folder) =>
      join(cwd, folder, '.slipway-0123456789abcdef'),
    )
    for (const place of abandoned) {
      mkdirSync(join(place, 'layout'), { recursive: true })
      writeFileSync(join(place, 'lock'), '')
      writeFileSync(join(place, 'layout/half'), 'half')
    }
    const left = (): readonly string[] => globSync('{.,layout,layout/blobs/sha256,.store/tmp}/.slipway-*', { cwd })
    assert.equal(left().length, 4)
    await ship('build image.ts --to oci:layout', cwd)
    assert.deepEqual(left(), ['.slipway-0123456789abcdef'])
    await ship('export image.ts -o root.tar', cwd)
    assert.deepEqual(left(), [])
  })
})
