import assert from 'node:assert/strict'
import { test } from 'node:test'
import { platformNamed, processorNamed } from './platform.ts'

test('platform: Debian’s names of processors become Go’s, with the version for arm', () => {
  const expected = {
    amd64: ['amd64', undefined],
    arm64: ['arm64', undefined],
    armel: ['arm', 'v5'],
    armhf: ['arm', 'v7'],
    i386: ['386', undefined],
    mips64el: ['mips64le', undefined],
    ppc64el: ['ppc64le', undefined],
    riscv64: ['riscv64', undefined],
    s390x: ['s390x', undefined],
  }
  for (const [name, [architecture, variant]] of Object.entries(expected)) {
    const found = processorNamed(name)
    assert.deepEqual([name, found.architecture, found.variant], [name, architecture, variant])
  }
})

test('platform: Go’s own names and the kernel’s are taken, too', () => {
  for (const name of ['386', 'arm', 'mips64le', 'ppc64le', 'loong64'])
    assert.equal(processorNamed(name).architecture, name)
  assert.equal(processorNamed('x86_64').architecture, 'amd64')
  assert.deepEqual(platformNamed('armhf'), { os: 'linux', architecture: 'arm', variant: 'v7' })
})
