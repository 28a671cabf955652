import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTestWorkshop } from '../../test/support/workshop.ts'
import { instantiate } from './instantiate.ts'
import type { Definition } from './package.ts'
import { define } from './placeholder.ts'
import { writeText } from './text.ts'

test('instantiate: all packages of one set are looked up once, together with those beside the target', () =>
  inTestWorkshop(async (shop) => {
    const asked: string[][] = []
    const resolver = {
      key: 'a set',
      resolve: async (requests: readonly Definition[]) => void asked.push(requests.map(({ name }) => name)),
    }
    const made = (name: string) =>
      define({
        maker: 'test-1',
        name,
        arguments: {},
        resolver,
        instantiate: async (_given, of) => (await instantiate([writeText(name, '')], of)).of(writeText(name, '')),
      })
    const target = writeText('target', `${made('one')} ${made('two')}`)
    await instantiate([target], shop, [writeText('other', `${made('three')} ${made('one')}`)])
    assert.deepEqual(asked, [['one', 'two', 'three']])
  }))
