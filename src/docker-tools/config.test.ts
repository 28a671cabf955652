import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkArguments } from '../base/check.ts'
import { BuildError } from '../base/error.ts'
import { checkConfig } from './config.ts'

/** The lines of the error that a config gives. */
function mistakes(config: unknown): readonly string[] {
  try {
    checkArguments('build', { config }, { config: checkConfig })
    return []
  } catch (error) {
    assert.ok(error instanceof BuildError)
    assert.equal(error.code, 'config.invalid')
    return error.message.split('\n').map((line) => line.trim())
  }
}

test('config: what the manual shows is taken, nulls are left out, and what was given is not touched', () => {
  const given = Object.freeze({
    Cmd: ['/bin/redis-server'],
    WorkingDir: '/data',
    Volumes: { '/data': {} },
    ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8080': {} },
    Env: ['PATH=/bin', 'EMPTY='],
    User: 'redis:redis',
    Labels: { 'org.example': 'x' },
    StopSignal: 'SIGRTMIN+3',
    Healthcheck: { Test: ['CMD', 'redis-cli', 'ping'], Interval: 30_000_000_000, Timeout: null, Retries: 3 },
    Memory: 2048,
    MemorySwap: -1,
    ArgsEscaped: true,
    Entrypoint: null,
    Shell: undefined,
  })
  const { Entrypoint: _entrypoint, Shell: _shell, ...kept } = given
  const { Timeout: _timeout, ...healthcheck } = given.Healthcheck
  assert.deepEqual(checkConfig(given, 'config'), { ...kept, Healthcheck: healthcheck })
})

test('config: every wrong field and every unknown key is named at once, with its place', () => {
  const lines = mistakes({
    Cmd: 'redis-server --port 1',
    cmd: [],
    Env: ['A', 'B=1', 3],
    Healthcheck: { Intervall: 1, Interval: 30 },
    Labels: { a: 1 },
    Volumes: ['/data'],
    WorkingDir: 'data',
    Zzzzzzzzz: 1,
  })
  assert.equal(lines[0], 'build has 10 mistakes in its arguments:')
  assert.deepEqual(
    lines
      .slice(1)
      .map((line) => (line.includes('has no field') ? /"(.*?)"/ : /^(\S+) /).exec(line)?.[1])
      .sort(),
    [
      'Intervall',
      'Zzzzzzzzz',
      'cmd',
      'config.Cmd',
      'config.Env[0]',
      'config.Env[2]',
      'config.Healthcheck.Interval',
      'config.Labels.a',
      'config.Volumes',
      'config.WorkingDir',
    ],
  )
})

test('config: a command that is one string gets the array that was meant', () => {
  assert.deepEqual(mistakes({ Cmd: 'redis-server --port 1' }), [
    'build: config.Cmd must be an array of strings, one a word, such as ["redis-server", "--port", "1"]; got "redis-server --port 1".',
  ])
})

test('config: a misspelt key names the right one, capitals included', () => {
  assert.match(mistakes({ workingDir: '/' }).join(), /Did you mean "WorkingDir"\?$/)
  assert.match(mistakes({ ENTRYPOINT: [] }).join(), /Did you mean "Entrypoint"\?$/)
  assert.match(mistakes({ Entrypont: [] }).join(), /Did you mean "Entrypoint"\?$/)
  assert.match(mistakes({ Healthcheck: { retries: 1 } }).join(), /Did you mean "Retries"\?$/)
  assert.match(mistakes({ Foo: 1 }).join(), /Foo". The nearest fields are Env, Cmd, Tty, User\./)
})

test('config: what a container runtime would refuse later is refused', () => {
  for (const wrong of [
    { ExposedPorts: { http: {} } },
    { ExposedPorts: { '0/tcp': {} } },
    { ExposedPorts: { '70000': {} } },
    { ExposedPorts: { '80/tcp': { x: 1 } } },
    { ExposedPorts: { '80/tcp': true } },
    { ExposedPorts: [80] },
    { Volumes: { data: {} } },
    { Volumes: { '/data': [] } },
    { Env: { PATH: '/bin' } },
    { Env: ['=x'] },
    { Env: 'A=1' },
    { User: 1000 },
    { User: 'a b' },
    { StopSignal: 'SIGFOO' },
    { StopSignal: '65' },
    { Healthcheck: 'true' },
    { Healthcheck: { Test: 'true' } },
    { Healthcheck: { Test: ['true'] } },
    { Healthcheck: { Test: ['CMD-SHELL', 'a', 'b'] } },
    { Healthcheck: { Timeout: '5s' } },
    { Healthcheck: { Timeout: 1.5e9 + 0.5 } },
    { Memory: -1 },
    { Tty: 'yes' },
    { Cmd: ['a\0b'] },
    { Cmd: [{ path: '/nix/store/x' }] },
    { MacAddress: 'x' },
    { OnBuild: 'RUN x' },
    { Labels: [] },
  ])
    assert.equal(mistakes(wrong).length, 1, JSON.stringify(wrong))
})

test('config: only objects are accepted', () => {
  for (const wrong of [[], 'Cmd', 1, true, () => {}, new Map()])
    assert.match(mistakes(wrong).join(), /^build: config must be an object/)
})
