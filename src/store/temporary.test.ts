import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { removeAbandoned, temporaryDirectory, temporaryPlace } from './temporary.ts'

const folder = temporaryFolder()

test('temporary: a directory in use stays, and is removed when its owner is done', () => {
  {
    using one = temporaryDirectory(folder)
    using two = temporaryDirectory(folder)
    writeFileSync(join(one.place, 'half'), 'half')
    removeAbandoned(folder)
    assert.ok(existsSync(join(one.place, 'half')) && existsSync(two.place))
  }
  assert.deepEqual(readdirSync(folder), [])
})

test('temporary: what is made inside of a directory in use has no lock, and is removed when its owner is done, at the latest with it', () => {
  {
    using outer = temporaryDirectory(folder)
    {
      using directory = temporaryDirectory(outer.place)
      using file = temporaryPlace(outer.place)
      using left = temporaryPlace(outer.place)
      writeFileSync(join(directory.place, 'half'), 'half')
      writeFileSync(file.place, 'half')
      assert.ok(!existsSync(left.place))
      assert.equal(readdirSync(outer.place).length, 3)
    }
    assert.deepEqual(readdirSync(outer.place), ['lock'])
    temporaryDirectory(outer.place)
    removeAbandoned(folder)
    assert.equal(readdirSync(outer.place).length, 2)
  }
  assert.deepEqual(readdirSync(folder), [])
})

test('temporary: removes what a killed process left, and nothing that is in use', async () => {
  const program = `
    import { writeFileSync } from 'node:fs'
    import { temporaryDirectory } from ${JSON.stringify(new URL('./temporary.ts', import.meta.url).href)}
    const made = temporaryDirectory(${JSON.stringify(folder)})
    writeFileSync(made.place + '/half', 'half')
    console.log('made')
    setInterval(() => made, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  removeAbandoned(folder)
  assert.equal(readdirSync(folder).length, 1)
  child.kill('SIGKILL')
  await closed
  removeAbandoned(folder)
  assert.deepEqual(readdirSync(folder), [])
})

test('temporary: a process that exits in the middle of its work leaves nothing', async () => {
  const program = `
    import { writeFileSync } from 'node:fs'
    import { temporaryDirectory } from ${JSON.stringify(new URL('./temporary.ts', import.meta.url).href)}
    for (let made = 0; made < 12; made++) {
      using done = temporaryDirectory(${JSON.stringify(folder)})
    }
    const made = temporaryDirectory(${JSON.stringify(folder)})
    writeFileSync(made.place + '/half', 'half')
    process.exit(3)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: 'inherit' })
  assert.deepEqual(await once(child, 'close'), [3, null])
  assert.deepEqual(readdirSync(folder), [])
})

test('temporary: touches nothing else: other names, links of such names, and targets of links', () => {
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'precious'), '')
  symlinkSync(elsewhere, join(folder, '.slipway-0123456789abcdef'))
  writeFileSync(join(folder, '.slipway-file'), '')
  removeAbandoned(folder)
  assert.deepEqual(readdirSync(elsewhere), ['precious'])
  assert.deepEqual(readdirSync(folder).sort(), ['.slipway-0123456789abcdef', '.slipway-file', 'elsewhere'])
  removeAbandoned(join(folder, 'absent'))
})
