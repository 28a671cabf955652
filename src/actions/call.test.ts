/** Arguments that the compiler would refuse, from JavaScript or behind `any`: each is one clear error, before anything is done. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import * as slipway from '../index.ts'

const { BuildError, debian: _debian, node: _node, ...actions } = slipway
const store = temporaryFolder()
const image = slipway.debian({ suite: 'bookworm' }).writeText('hello', 'hello\n')

type Call = (...args: readonly unknown[]) => Promise<unknown>

/** Functions of the package by name, without those of its sets. */
const calls: readonly (readonly [string, Call])[] = Object.entries(actions).map(([name, action]) => [
  name,
  async (...args) => Reflect.apply(action, undefined, args),
])

async function failure(call: Promise<unknown>, what: string): Promise<slipway.BuildError> {
  const thrown = await call.then(
    () => assert.fail(`${what} was accepted`),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof BuildError, `${what}: ${thrown}`)
  return thrown
}

test('calls: targets and names of other kinds are argument.invalid', async () => {
  const withoutTarget = ['doctor', 'gc', 'init', 'packageTypes']
  for (const [name, call] of calls)
    for (const value of [5, null, () => 1, new Date(0), [5]]) {
      const error = await failure(call(value, {}, {}), `${name}(${String(value)})`)
      if (!withoutTarget.includes(name)) assert.equal(error.code, 'argument.invalid', error.message)
    }
})

test('calls: options of other kinds are argument.invalid', async () => {
  for (const [name, call] of calls) {
    const before = callArguments(name)
    for (const value of [5, null, 'text', [1]]) {
      const error = await failure(call(...before, value), `${name} with options ${String(value)}`)
      assert.equal(error.code, 'argument.invalid', error.message)
      assert.match(error.message, /options must be an object of options; got /)
    }
    const signal = await failure(call(...before, { signal: 'stop' }), name)
    assert.match(
      signal.message,
      name === 'init' || name === 'logout' ? /signal/ : /options\.signal must be an AbortSignal; got "stop"/,
    )
  }
})

test('calls: a misspelt option names the nearest', async () => {
  for (const [name, call] of calls) {
    const error = await failure(call(...callArguments(name), { signall: undefined }), name)
    assert.match(error.message, /options has no field "signall"|mistakes in its arguments/)
  }
  const error = await failure(Reflect.apply(slipway.build, undefined, [image, { stroe: store }]), 'build')
  assert.equal(error.code, 'argument.unknown')
  assert.match(error.message, /^build: options has no field "stroe"\. Did you mean "?store"?\?$/)
})

test('calls: no message shows a password', async () => {
  const secret = 'hunter2hunter2'
  for (const given of [
    { registry: { credentials: `me:${secret}` } },
    { registry: { credentials: { user: 'me', password: [secret] } } },
    { registry: { credentials: { user: 5, password: secret } } },
  ]) {
    const error = await failure(Reflect.apply(slipway.tags, undefined, ['registry.example/x', given]), 'tags')
    assert.doesNotMatch(error.message + JSON.stringify(error.detail), new RegExp(secret))
  }
  const error = await failure(
    Reflect.apply(slipway.login, undefined, ['registry.example', { user: 5, password: secret }]),
    'login',
  )
  assert.doesNotMatch(error.message, new RegExp(secret))
})

test('calls: own files given to the function that copies images say which function takes them', async () => {
  const error = await failure(Reflect.apply(slipway.copyImage, undefined, ['./dist', { to: '/app' }]), 'copyImage')
  assert.match(error.message, /`copy` of a package set/)
})

/** Arguments before the options. */
function callArguments(name: string): readonly unknown[] {
  if (['doctor', 'gc', 'init', 'packageTypes'].includes(name)) return []
  if (['copy', 'copyImage'].includes(name)) return ['oci:a', 'oci:b']
  if (name === 'watch') return ['image.ts', () => {}]
  if (['lock', 'merge', 'mergeImages'].includes(name)) return [[image]]
  if (['resolve', 'search', 'searchFiles'].includes(name)) return [['word']]
  if (['build', 'stream'].includes(name)) return [image]
  return ['registry.example/name']
}
