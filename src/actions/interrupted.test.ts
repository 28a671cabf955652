import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { writeText } from '../source/text.ts'
import { build } from './build.ts'

test('an aborted signal makes an action fail as interrupted, with what the caller gave as its cause', async () => {
  const reason = new Error('enough')
  for (const signal of [AbortSignal.abort(), AbortSignal.abort(reason)])
    await assert.rejects(
      build(writeText('text', 'x'), { store: join(temporaryFolder(), 'store'), signal }),
      (thrown) => {
        assert.ok(thrown instanceof Error && 'code' in thrown)
        assert.deepEqual([thrown.code, thrown.message], ['interrupted', 'Interrupted.'])
        assert.equal(thrown.cause, signal.reason)
        return true
      },
    )
})
