/** Expected failures. */
import assert from 'node:assert/strict'
import { BuildError, type Code } from '../../src/base/error.ts'

/** Returns the error of failing work, which must have this code. */
export async function refused(code: Code, work: Promise<unknown>): Promise<BuildError> {
  const thrown = await work.then(
    () => assert.fail(`expected ${code}`),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof BuildError, String(thrown))
  assert.equal(thrown.code, code, thrown.message)
  return thrown
}
