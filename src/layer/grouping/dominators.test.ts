import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closureFrom, numpyApp, pathOf, type Spec, shown } from '../../../test/support/graphs.ts'
import { dominators } from './dominators.ts'

test('auto: the worked example gives four groups, dependencies first', () => {
  const virtual = [{ size: 0, references: [pathOf('app'), pathOf('bash')] }]
  const groups = dominators(4, virtual)(closureFrom(numpyApp))
  assert.equal(shown(groups), 'glibc | openssl python zlib | numpy openblas | app bash')
})

test('auto: a single group contains all objects, by name', () => {
  assert.equal(shown(dominators(1)(closureFrom(numpyApp))), 'app bash glibc numpy openblas openssl python zlib')
})

test('auto: a large virtual object takes part in the grouping but is not laid out', () => {
  const spec: Spec = { big: [9, ['lib']], lib: [1, []], own: [1, []] }
  const virtual = [{ size: 100, references: [pathOf('own')] }]
  assert.equal(shown(dominators(4)(closureFrom(spec))), 'lib | own | big')
  assert.equal(shown(dominators(2, virtual)(closureFrom(spec))), 'big lib | own')
})

test('auto: dependencies of a smaller large object leave the group of its user', () => {
  const spec: Spec = { app: [10, ['lib']], lib: [5, ['base']], base: [1, []] }
  assert.equal(shown(dominators(2)(closureFrom(spec))), 'base lib | app')
})

test('auto: the group that needs fewest bytes comes first, however many objects it has', () => {
  const spec: Spec = { big: [100, []], a: [1, []], b: [1, []], c: [1, []] }
  assert.equal(shown(dominators(2)(closureFrom(spec))), 'a b c | big')
})

test('auto: the members of a cycle stay together', () => {
  const spec: Spec = { libc: [30, ['gcc']], gcc: [3, ['libc']], app: [40, ['libc']], other: [50, ['gcc']] }
  assert.equal(shown(dominators(3)(closureFrom(spec))), 'gcc libc | app | other')
})
