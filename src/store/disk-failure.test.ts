import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { BuildError, fail } from '../base/error.ts'
import { storeFailure } from './disk-failure.ts'

const folder = temporaryFolder()

function codeOf(thrown: unknown): string | undefined {
  const failure = storeFailure(folder, thrown)
  return failure instanceof BuildError ? failure.code : undefined
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused`), { code })
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('unreachable: nothing was thrown')
}

test('disk failure: each refusal by the system has its own error', () => {
  for (const [code, name] of [
    ['ENOSPC', 'store.disk-full'],
    ['EDQUOT', 'store.disk-full'],
    ['EROFS', 'store.unwritable'],
    ['EIO', 'store.unwritable'],
    ['ENAMETOOLONG', 'store.unwritable'],
    ['EMFILE', 'machine.open-files'],
  ] as const) {
    assert.equal(codeOf(systemError(code)), name)
    assert.equal(codeOf(new SuppressedError(systemError('EBUSY'), systemError(code))), name)
  }
})

test('disk failure: other errors pass through unchanged', () => {
  const other = new TypeError('other')
  assert.equal(storeFailure(folder, other), other)
  assert.equal(codeOf(thrownBy(() => fail('argument.invalid', 'x.', { remedy: 'y.' }))), 'argument.invalid')
})

test('disk failure: a locked database is busy, a damaged one corrupt, one that cannot be opened unwritable', () => {
  const file = join(folder, 'db')
  using holder = new DatabaseSync(file)
  holder.exec('create table t (x); begin exclusive')
  using other = new DatabaseSync(file, { timeout: 0 })
  assert.equal(codeOf(thrownBy(() => other.exec('select * from t'))), 'store.busy')
  writeFileSync(join(folder, 'damaged'), 'no database '.repeat(1000))
  using damaged = new DatabaseSync(join(folder, 'damaged'))
  assert.equal(codeOf(thrownBy(() => damaged.exec('select * from t'))), 'store.corrupt')
  assert.equal(
    codeOf(thrownBy(() => new DatabaseSync(join(folder, 'absent', 'db')).exec('select 1'))),
    'store.unwritable',
  )
})

test('disk failure: a missing file is a refusal only if the store itself is missing', () => {
  const missing = systemError('ENOENT')
  assert.equal(storeFailure(folder, missing), missing)
  const found = storeFailure(join(folder, 'none'), missing)
  assert.equal(found instanceof BuildError ? found.code : undefined, 'store.unwritable')
})
