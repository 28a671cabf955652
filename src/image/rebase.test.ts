import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inheritConfig } from './base.ts'
import { rebasedConfig } from './rebase.ts'

const old = { Env: ['PATH=/bin', 'V=1'], Cmd: ['sh'], Labels: { a: '1', b: '1' }, User: 'root', OnBuild: ['RUN x'] }
const onto = {
  Env: ['PATH=/usr/bin', 'N=1'],
  Cmd: ['bash'],
  Labels: { a: '2' },
  Volumes: { '/data': {} },
  OnBuild: ['RUN y'],
}

test('rebase: a config becomes what it would inherit of the new base', () => {
  const owns = [
    {},
    { Env: ['V=own'] },
    { Entrypoint: ['/app'] },
    { Cmd: ['/app'], User: 'app', Labels: { own: 'x' } },
    { ExposedPorts: { '80/tcp': {} }, StopSignal: 'SIGINT', WorkingDir: '/srv' },
  ]
  for (const own of owns)
    assert.deepEqual(rebasedConfig(inheritConfig(old, own), old, onto), inheritConfig(onto, own), JSON.stringify(own))
})

test('rebase: a config that inherited variables only, as nixpkgs has it, keeps its own fields alone', () => {
  const own = inheritConfig(old, { Cmd: ['/app'] }, 'env')
  const { Env, Cmd } = rebasedConfig(own, old, onto)
  assert.deepEqual([Env, Cmd], [['PATH=/usr/bin', 'N=1'], ['/app']])
})

test('rebase: on the same base nothing changes', () => {
  const image = inheritConfig(old, { Env: ['A=1'], Labels: { own: 'x' } })
  assert.deepEqual(rebasedConfig(image, old, old), image)
})
