import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTestWorkshop } from '../../test/support/workshop.ts'
import { makers } from '../actions/makers.ts'
import { fail } from '../base/error.ts'
import { instantiate } from './instantiate.ts'
import type { Maker, Package } from './package.ts'
import { define } from './placeholder.ts'
import { withRequirements } from './realise.ts'
import { textMaker, writeText } from './text.ts'

function made(name: string): Package {
  return define({ maker: 'test-1', name, arguments: { text: '' } })
}

test('instantiate: all packages of one maker are looked up once, together with those beside the target', async () => {
  const asked: string[][] = []
  const maker: Maker<{ readonly text: string }> = {
    ...textMaker,
    resolve: async (definitions) => void asked.push(definitions.map(({ name }) => name)),
  }
  const change = { makers: new Map([...makers, ['test-1', { resolves: true, load: async () => maker } as const]]) }
  await inTestWorkshop(async (shop) => {
    const target = writeText('target', `${made('one')} ${made('two')}`)
    await instantiate([target], shop, [writeText('other', `${made('three')} ${made('one')}`)])
    assert.deepEqual(asked, [['one', 'two', 'three']])
  }, change)
})

test('instantiate: a maker that is not known is named, with its package', () =>
  inTestWorkshop(async (shop) => {
    await assert.rejects(instantiate([writeText('target', `${made('strange')}`)], shop), {
      code: 'maker.unknown',
      message: /strange was described by "test-1"/,
      detail: { maker: 'test-1', package: 'strange' },
    })
  }))

test('instantiate: a chain of thousands of packages, each naming the one before, needs no stack', () =>
  inTestWorkshop(async (shop) => {
    let last = writeText('chain', 'first')
    for (let number = 0; number < 3000; number++) last = writeText('chain', `${number} ${last}`)
    const recipe = (await instantiate([last], shop)).of(last)
    assert.equal(withRequirements([recipe]).length, 3001)
  }))

test('instantiate: a package that cannot be looked up is named with the exports that need it', async () => {
  const maker: Maker<{ readonly package: string }> = {
    instantiate: () => Promise.reject(new Error('never')),
    resolve: async () =>
      fail('debian.package-unknown', 'There is no package "two".', { remedy: '', detail: { package: 'two' } }),
  }
  const change = { makers: new Map([...makers, ['test-1', { resolves: true, load: async () => maker } as const]]) }
  const named = (name: string): Package => define({ maker: 'test-1', name, arguments: { package: name } })
  await inTestWorkshop(async (shop) => {
    const good = writeText('good', `${named('one')}`)
    const bad = writeText('bad', `${writeText('inner', `${named('two')}`)}`)
    const exports = new Map([
      ['image.ts#good', good],
      ['image.ts#bad', bad],
    ])
    await assert.rejects(instantiate([good], shop, exports), {
      code: 'debian.package-unknown',
      message: 'There is no package "two". It is needed by image.ts#bad.',
    })
  }, change)
})
