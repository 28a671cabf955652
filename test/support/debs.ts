/** Real packages of the machine's archive: downloaded by apt into a directory, unpacked by slipway. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { limit } from '../../src/base/limit.ts'
import { debNormaliser } from '../../src/debian/normaliser.ts'
import { accountsOf, sysusersOf } from '../../src/debian/root/accounts.ts'
import { controlText, type RootPackage } from '../../src/debian/root/input.ts'
import { debianRoot, type RootInput } from '../../src/debian/root/root.ts'
import { parseParagraph } from '../../src/format/control.ts'
import { openUnpacked } from '../../src/store/cache/unpacked.ts'
import { unpackArchive } from '../../src/store/unpack.ts'
import { directoryLinks } from '../../src/tree/links.ts'
import { mergeTrees } from '../../src/tree/merge.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { aptSkip } from './apt.ts'
import { missing, run } from './command.ts'

/** Why a test with real packages is skipped; false if it runs. */
export const noDebs: string | false = missing('apt-get', 'dpkg-deb') || aptSkip()

/** Downloads packages, `name` or `name=version`, and returns their files. */
export async function downloadDebs(folder: string, packages: readonly string[]): Promise<readonly string[]> {
  const place = join(folder, 'debs')
  mkdirSync(place, { recursive: true })
  // apt's default user for downloads cannot write into directories of tests.
  await run('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...packages], { cwd: place })
  return readdirSync(place)
    .filter((name) => name.endsWith('.deb'))
    .sort()
    .map((name) => join(place, name))
}

/** Unpacks packages and reads their control data. */
export async function readPackages(folder: string, debs: readonly string[]): Promise<readonly RootPackage[]> {
  return limit(
    debs,
    async (deb, index): Promise<RootPackage> => {
      const target = join(folder, `unpacked-${index}`)
      await unpackArchive(deb, debNormaliser, { target: target, temporary: folder })
      const unpacked = openUnpacked(target)
      if (unpacked === undefined) throw new Error(`unreachable: ${deb} was unpacked`)
      const control = unpacked.control()
      const fields = parseParagraph(controlText({ control }, 'control'))
      const field = (name: string): string => fields.get(name) ?? ''
      const [name, version, architecture] = [field('package'), field('version'), field('architecture')]
      return { name, version, architecture, control, tree: unpacked.tree }
    },
    { concurrency: 2 },
  )
}

/** Input of an image of these packages: ids are the lowest free ones, in name order. */
export function rootInput(packages: readonly RootPackage[], records: RootInput['records'] = 'status.d'): RootInput {
  const { users, groups } = accountsOf(packages.map((each) => ({ ...each, sysusers: sysusersOf(each) })))
  const numbered = (names: readonly string[]): ReadonlyMap<string, number> =>
    new Map(names.map((name, index) => [name, 101 + index]))
  const [first] = packages.filter((each) => each.architecture !== 'all')
  return {
    packages: packages.filter(({ name }) => !dataOnly.has(name)),
    data: packages.filter(({ name }) => dataOnly.has(name)),
    ids: { users: numbered(users.map(({ name }) => name)), groups: numbered(groups.map(({ name }) => name)) },
    architecture: first?.architecture ?? 'amd64',
    records,
  }
}

const dataOnly = new Set(['base-files', 'base-passwd', 'libc-bin'])

/** The visible files of an image: its packages with debian-root over them. */
export function imageOf(input: RootInput): Tree {
  const { tree } = debianRoot(input)
  const packages = input.packages.map((each) => ({ rank: 1, name: each.name, tree: each.tree }))
  const layers = [...packages, { rank: 2, name: 'debian-root', tree }]
  return mergeTrees(layers, {
    links: directoryLinks(mergeTrees(layers, { within: () => 'first' })),
    within: () => 'first',
  })
}
