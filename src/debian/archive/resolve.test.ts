import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { indexPackages, openPackagesIndex, type Place } from '../../format/packages-index.ts'
import { type Question, resolvePackages } from './resolve.ts'
import { type Universe, universeOf } from './universe.ts'

const digest = '0'.repeat(64)

/** A universe of packages written as "name version field=value; field=value". */
function universe(...packages: readonly string[]): Universe {
  const text = packages
    .map((line) => {
      const [, name = '', version = '', rest = ''] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? []
      const fields = rest.split(';').map((field) => field.trim().replace('=', ': '))
      return [
        `Package: ${name}`,
        `Version: ${version}`,
        'Architecture: amd64',
        `Filename: pool/${name}`,
        'Size: 1',
        `SHA256: ${digest}`,
        ...fields,
      ]
        .filter((field) => field !== '')
        .join('\n')
    })
    .join('\n\n')
  const file = Buffer.from(`${text}\n`)
  const index = openPackagesIndex(indexPackages([file]))
  assert.ok(index)
  const paragraph = ({ offset, size }: Place) => file.toString('latin1', offset, offset + size)
  return universeOf([{ base: 'archive', index, paragraph }], 'amd64')
}

function resolve(
  from: Universe,
  roots: readonly string[],
  more: Partial<Question> = {},
): Record<string, readonly string[]> {
  const question = { roots, kept: new Map(), recommends: false, prefer: [], omit: [], ...more }
  return Object.fromEntries([...resolvePackages(from, question)].map(([name, { requires }]) => [name, requires]))
}

describe('debian resolve', () => {
  test('Depends and Pre-Depends are followed, cycles too, each package once with its edges', () => {
    const from = universe('a 1 Depends=b', 'b 1 Pre-Depends=c; Recommends=d', 'c 1 Depends=a', 'd 1')
    assert.deepEqual(resolve(from, ['a']), { a: ['b'], b: ['c'], c: ['a'] })
  })

  test('a choice waits until a later hard dependency may have decided it', () => {
    const from = universe('a 1 Depends=x | y, b', 'b 1 Depends=y', 'x 1', 'y 1')
    assert.deepEqual(resolve(from, ['a']), { a: ['b', 'y'], b: ['y'], y: [] })
  })

  test('of several alternatives the first with a fitting version is taken, otherwise a provider by priority, then by name', () => {
    const from = universe('a 1 Depends=x (>= 2) | y | z', 'x 1', 'y 1', 'z 1')
    assert.deepEqual(resolve(from, ['a']).a, ['y'])
    const awk = universe(
      'a 1 Depends=awk',
      'gawk 1 Provides=awk; Priority=optional',
      'mawk 1 Provides=awk; Priority=required',
    )
    assert.deepEqual(resolve(awk, ['a']).a, ['mawk'])
    const tied = universe('a 1 Depends=v', 'q 1 Provides=v; Priority=optional', 'p 1 Provides=v; Priority=optional')
    assert.deepEqual(resolve(tied, ['a']).a, ['p'])
  })

  test('a provider that the others need anyway precedes them', () => {
    const from = universe('a 1 Depends=v', 'p 1 Provides=v; Depends=z', 'z 1 Provides=v')
    assert.deepEqual(resolve(from, ['a']), { a: ['z'], z: [] })
  })

  test('an unversioned Provides never satisfies a version constraint, a versioned one does', () => {
    const from = universe('a 1 Depends=v (>= 2)', 'p 1 Provides=v', 'q 1 Provides=v (= 3)')
    assert.deepEqual(resolve(from, ['a']).a, ['q'])
  })

  test('an unknown name gets the name that Debian has for it, its providers, or one that is spelt alike', () => {
    const from = universe('nodejs 1', 'nodejs-doc 1', 'redis 1', 'mawk 1 Provides=awk', 'gawk 1 Provides=awk')
    assert.throws(() => resolve(from, ['node']), /"node".*Did you mean "nodejs"\?/s)
    assert.throws(() => resolve(from, ['awk']), /Choose one of them: gawk, mawk/)
    assert.throws(() => resolve(from, ['rediss']), /Did you mean "redis"\?/)
    assert.throws(() => resolve(from, ['node', 'awk', 'constructor']), /lacks 3 packages.*nodejs.*gawk.*constructor/s)
    // A synonym that this archive lacks is not suggested.
    assert.throws(() => resolve(from, ['psql']), /slipway search/)
  })

  test('the newest version is the candidate, whatever the order of the index', () => {
    const from = universe('a 1:0', 'a 2', 'b 1 Depends=a (>= 1:0)')
    assert.deepEqual(resolve(from, ['b']).b, ['a'])
    assert.equal(from.candidate('a')?.locked.version, '1:0')
  })

  test('prefer decides choices, omitted packages count as present, usr-is-merged is taken wherever possible', () => {
    const from = universe('a 1 Depends=x | y, m | usr-is-merged', 'x 1', 'y 1', 'm 1', 'usr-is-merged 1')
    assert.deepEqual(resolve(from, ['a']).a, ['usr-is-merged', 'x'])
    assert.deepEqual(resolve(from, ['a'], { prefer: ['y'] }).a, ['usr-is-merged', 'y'])
    assert.deepEqual(resolve(from, ['a'], { omit: ['y', 'm'] }), { a: [] })
    assert.deepEqual(resolve(universe('b 1 Depends=nowhere'), ['b'], { omit: ['nowhere'] }), { b: [] })
    assert.throws(
      () => resolve(from, ['a'], { prefer: ['usr-is-merge'] }),
      /"usr-is-merge" \(`prefer`\).*"usr-is-merged"/,
    )
  })

  test('recommends are followed if the archive has them, and are not an error otherwise', () => {
    const from = universe('a 1 Recommends=b, nowhere', 'b 1')
    assert.deepEqual(resolve(from, ['a'], { recommends: true }), { a: ['b'], b: [] })
  })

  test('packages of an earlier resolution stay, and decide new choices', () => {
    const from = universe('a 1 Depends=x | y', 'b 1 Depends=y | x', 'x 1', 'y 1')
    const kept = new Map([
      ['a', ['x']],
      ['x', []],
    ] as const)
    assert.deepEqual(resolve(from, ['a', 'b'], { kept }), { a: ['x'], b: ['x'], x: [] })
  })

  test('the order of the roots changes nothing unless a choice depends on it', () => {
    const from = universe('a 1 Depends=c', 'b 1 Depends=c | d', 'c 1', 'd 1')
    assert.deepEqual(resolve(from, ['a', 'b']), resolve(from, ['b', 'a']))
  })
})
