import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inheritConfig } from './base.ts'

const base = {
  Cmd: ['base'],
  User: 'base',
  Env: ['PATH=/bin', 'A=1', 'A=2'],
  Labels: { a: '1', b: '1' },
  Volumes: { '/data': {} },
  OnBuild: ['RUN x'],
  Entrypoint: null,
}

test('base: variables are merged by name, at their first place, the last value wins', () => {
  assert.deepEqual(inheritConfig(base, { Env: ['B=3', 'PATH=/usr/bin'] }).Env, ['PATH=/usr/bin', 'A=2', 'B=3'])
})

test('base: what is given replaces, maps are merged, triggers stay behind', () => {
  assert.deepEqual(inheritConfig(base, { User: 'own', Labels: { b: '2' } }), {
    Cmd: ['base'],
    User: 'own',
    Env: ['PATH=/bin', 'A=2'],
    Labels: { a: '1', b: '2' },
    Volumes: { '/data': {} },
  })
})

test('base: a new entry point clears the command, unless a command is given too', () => {
  assert.equal(inheritConfig(base, { Entrypoint: ['own'] }).Cmd, undefined)
  assert.deepEqual(inheritConfig(base, { Entrypoint: ['own'], Cmd: ['x'] }).Cmd, ['x'])
})

test('base: "env" hands on variables alone, as nixpkgs does', () => {
  assert.deepEqual(inheritConfig(base, { Cmd: ['own'] }, 'env'), { Cmd: ['own'], Env: ['PATH=/bin', 'A=2'] })
})
