import assert from 'node:assert/strict'
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { absolutePath, isSameFile, realPath } from './real-path.ts'

const folder = realPath(temporaryFolder())
mkdirSync(join(folder, 'real/inner'), { recursive: true })
symlinkSync('real/inner', join(folder, 'link'))
symlinkSync('real/absent', join(folder, 'dangling'))
symlinkSync('circle', join(folder, 'circle'))

test('real path: has no links, whether its last components exist or not', () => {
  assert.equal(realPath(join(folder, 'link')), join(folder, 'real/inner'))
  assert.equal(realPath(join(folder, 'link/a/b')), join(folder, 'real/inner/a/b'))
  assert.equal(realPath(join(folder, 'dangling')), join(folder, 'real/absent'))
  assert.throws(() => realPath(join(folder, 'circle')), { code: 'ELOOP' })
})

test('real path: ".." is the parent of a link’s target, as in the kernel', () => {
  assert.equal(absolutePath(`${folder}/link/../new/./x/`), join(folder, 'real/new/x'))
  assert.equal(absolutePath(`${folder}/link/x`), join(folder, 'link/x'))
  assert.equal(absolutePath('/..//'), '/')
  assert.equal(absolutePath('x'), join(process.cwd(), 'x'))
})

test('same file: two paths of one file', () => {
  writeFileSync(join(folder, 'file'), '')
  linkSync(join(folder, 'file'), join(folder, 'other'))
  assert.equal(isSameFile(join(folder, 'file'), join(folder, 'other')), true)
  assert.equal(isSameFile(join(folder, 'link'), join(folder, 'real/inner')), true)
  assert.equal(isSameFile(join(folder, 'real'), join(folder, 'real/inner')), false)
  assert.equal(isSameFile(join(folder, 'absent'), join(folder, 'real')), undefined)
})
