import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { serve } from '../../test/support/http-server.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { writeText } from '../source/text.ts'
import { build } from './build.ts'
import { copy } from './copy.ts'
import { digest } from './digest.ts'
import { inspectRemote } from './inspect-remote.ts'
import { login } from './login.ts'
import { prefetch } from './prefetch.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { rebase } from './rebase.ts'
import { tags } from './tags.ts'

const store = join(temporaryFolder(), 'store')

test('an aborted signal makes an action fail as interrupted, with what the caller gave as its cause', async () => {
  const reason = new Error('enough')
  for (const signal of [AbortSignal.abort(), AbortSignal.abort(reason)])
    await assert.rejects(build(writeText('text', 'x'), { store, signal }), interruptedBy(signal))
})

describe('registries: an action is interrupted before and during a request', () => {
  interface Given {
    readonly host: string
    readonly signal: AbortSignal
  }
  const registry = { authFile: join(temporaryFolder(), 'auth.json') }
  writeFileSync(registry.authFile, '{}')
  const actions: Readonly<Record<string, (given: Given) => Promise<unknown>>> = {
    push: ({ host, signal }) => push(`docker://${host}/x:1`, { store, signal, registry, names: [`${host}/y:1`] }),
    pull: ({ host, signal }) => pull(`${host}/x:1`, { store, signal, registry, out: join(temporaryFolder(), 'x.tar') }),
    copy: ({ host, signal }) =>
      copy(`docker://${host}/x:1`, `docker://${host}/y:1`, { store, signal, registry, all: true }),
    digest: ({ host, signal }) => digest(`${host}/x:1`, { signal, registry }),
    tags: ({ host, signal }) => tags(`${host}/x`, { signal, registry }),
    login: ({ host, signal }) => login(host, { signal, registry, user: 'me', password: 'secret' }),
    prefetch: ({ host, signal }) => prefetch(`${host}/x:1`, { store, signal, registry }),
    inspectRemote: ({ host, signal }) => inspectRemote(`${host}/x:1`, { store, signal, registry }),
    rebase: ({ host, signal }) => rebase(`docker://${host}/x:1`, { store, signal, registry, onto: `${host}/y:1` }),
  }
  for (const [name, action] of Object.entries(actions))
    test(name, async () => {
      let asked = (): void => assert.fail('a request was sent after the signal')
      // Answers the question whether there is a registry, and nothing else.
      const { host } = await serve((request, response) => {
        if (request.url === '/v2/' && name !== 'login') response.end()
        else asked()
      })
      const before = AbortSignal.abort()
      await assert.rejects(action({ host, signal: before }), interruptedBy(before))
      const stopping = new AbortController()
      asked = () => stopping.abort(new Error('enough'))
      await assert.rejects(action({ host, signal: stopping.signal }), interruptedBy(stopping.signal))
    })
})

function interruptedBy(signal: AbortSignal): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof Error && 'code' in thrown)
    assert.deepEqual([thrown.code, thrown.message], ['interrupted', 'Interrupted.'])
    assert.equal(thrown.cause, signal.reason)
    return true
  }
}
