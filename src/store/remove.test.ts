import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { removeTree } from './remove.ts'

const folder = temporaryFolder()

test('remove: frees the bytes of files, also in closed directories', () => {
  const top = join(folder, 'closed')
  mkdirSync(join(top, 'in'), { recursive: true })
  writeFileSync(join(top, 'in/file'), 'abc')
  chmodSync(join(top, 'in'), 0)
  assert.equal(removeTree(top), 3)
  assert.deepEqual(readdirSync(folder), [])
})

test('remove: directories may be deeper than paths and the stack can be', () => {
  const top = join(folder, 'deep')
  const deepen = `mkdir -p "$1" && cd -P "$1" && i=0
    while [ $i -lt 6000 ]; do mkdir d && cd -P d || exit 1; i=$((i + 1)); done; echo abc >file`
  for (const place of [top, join(top, 'beside')]) execFileSync('sh', ['-c', deepen, 'sh', place], { cwd: folder })
  assert.equal(removeTree(top), 8)
  assert.deepEqual(readdirSync(folder), [])
})
