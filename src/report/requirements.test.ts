import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broughtBy } from './requirements.ts'

test('requirements: named roots count though others need them, and what they do not need stands for itself', () => {
  const requires = new Map([
    ['git', ['perl']],
    ['make', ['libc6']],
    ['perl', ['libc6']],
  ])
  assert.deepEqual(
    Object.fromEntries(broughtBy(['git', 'perl', 'libc6', 'dash'], { roots: ['git', 'make', 'perl'], requires })),
    {
      git: ['git'],
      perl: ['git', 'perl'],
      libc6: ['git', 'perl'],
      dash: ['dash'],
    },
  )
})
