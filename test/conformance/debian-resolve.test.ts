/** The resolver against apt: `apt-get -s install` on an empty machine, with the machine's own package lists. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { BuildError } from '../../src/base/error.ts'
import { limit } from '../../src/base/limit.ts'
import { refuseConflicts } from '../../src/debian/archive/conflicts.ts'
import { resolvePackages } from '../../src/debian/archive/resolve.ts'
import { type Universe, universeOf } from '../../src/debian/archive/universe.ts'
import { aptSkip, machineLists, type PrivateApt, privateApt, wholeApt } from '../support/apt.ts'
import { inFolder } from '../support/workshop.ts'

const closures = [
  ['hello'],
  ['bash'],
  ['coreutils'],
  ['redis-server'],
  ['nginx-light'],
  ['python3'],
  ['nodejs'],
  ['postgresql'],
  ['curl', 'ca-certificates'],
  ['openjdk-17-jre-headless'],
  ['php-cli'],
  ['git'],
  ['ruby'],
  ['perl'],
  ['busybox-static'],
  ['tini'],
  ['gosu'],
]

const skip = aptSkip()

describe('debian resolve: as apt chooses', { skip, concurrency: 1 }, () => {
  const lists = skip === false ? machineLists() : []
  const universe = universeOf(lists, 'amd64')

  test('every example closure has the packages and versions that apt would install', async () => {
    await inFolder(async (folder) => {
      const apt = privateApt(folder, ['usr-is-merged', ...closures.flat()], lists)
      for (const roots of closures) {
        assert.deepEqual(ours(universe, roots), await apt.install(['usr-is-merged', ...roots]), roots.join(' '))
      }
    })
  })

  test('200 random packages of the archive: at most a few differ, and then ours is never larger', async (context) => {
    const sample = sampleOf([...universe.names()].sort(), 200)
    await inFolder(async (folder) => {
      const compared: Compared[] = []
      // apt takes longer the more packages it knows: a small archive for each few of them halves the time.
      for (let start = 0; start < sample.length; start += 20) {
        const some = sample.slice(start, start + 20)
        const apt = privateApt(join(folder, String(start)), ['usr-is-merged', ...some], lists)
        compared.push(...(await limit(some, (name) => compare(universe, apt, name), { concurrency: 2 })))
      }
      const different: Compared[] = []
      // Among equally good providers apt takes the first in its cache, which depends on the whole archive: query it again with all of it.
      for (const each of compared.filter(({ equal }) => !equal)) {
        const again = await compare(universe, wholeApt, each.name)
        if (!again.equal) different.push(again)
      }
      context.diagnostic(`${compared.length - different.length} of ${compared.length} equal`)
      for (const { name, more, less } of different) context.diagnostic(`${name}: we add [${more}], apt adds [${less}]`)
      assert.ok(different.length <= 20, `${different.length} differ`)
      for (const { name, more, less } of different) assert.ok(more.length <= less.length, name)
    })
  })
})

interface Compared {
  readonly name: string
  readonly more: readonly string[]
  readonly less: readonly string[]
  readonly equal: boolean
}

async function compare(universe: Universe, apt: PrivateApt, name: string): Promise<Compared> {
  const mine = ours(universe, [name]) ?? ['refused']
  const theirs = (await apt.install(['usr-is-merged', name])) ?? ['refused']
  const more = mine.filter((each) => !theirs.includes(each))
  const less = theirs.filter((each) => !mine.includes(each))
  return { name, more, less, equal: more.length + less.length === 0 }
}

function ours(universe: Universe, names: readonly string[]): readonly string[] | undefined {
  const roots = ['usr-is-merged', ...names]
  try {
    const chosen = resolvePackages(universe, { roots, kept: new Map(), recommends: false, prefer: [], omit: [] })
    refuseConflicts(chosen, names, ['usr-is-merged'])
    return [...chosen.values()].map(({ candidate: { locked } }) => `${locked.name} ${locked.version}`).sort()
  } catch (thrown) {
    if (thrown instanceof BuildError) return undefined
    throw thrown
  }
}

/** A sample that is the same for the same lists: a linear congruential generator (Numerical Recipes' constants). */
function sampleOf(names: readonly string[], count: number): readonly string[] {
  let state = 20_260_711
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return names[state % names.length] ?? ''
  })
}
