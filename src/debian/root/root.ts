/**
 * debian-root: what the packages of one image need together, worked out from their data (docs/debian.md, "debian-root").
 *
 * Links of merged /usr and the directories of the root, base-files as data, the users of the image, and what maintainer scripts would
 * leave: state directories, configuration links and copies, alternatives, the CA bundle, ld.so.cache. No script runs; the result follows
 * from the packages and the ids alone. It adds to what packages ship and takes nothing away.
 */
import type { Entry } from '../../tree/entry.ts'
import { inOrder } from '../../tree/order.ts'
import { type EntryPath, isWithin, path } from '../../tree/path.ts'
import { withParents } from '../../tree/transform.ts'
import { type Tree, treeOf } from '../../tree/tree.ts'
import { union } from '../../tree/union.ts'
import type { Ids } from '../lock/resolution.ts'
import { accountEntries, mastersOf } from './account-entries.ts'
import { withAccounts } from './account-files.ts'
import { type Accounts, accountsOf, sysusersOf } from './accounts.ts'
import { alternativeEntries, readAlternatives } from './alternatives.ts'
import { dpkgEntries } from './dpkg.ts'
import type { RootPackage, Unresolved } from './input.ts'
import { ldCacheEntries } from './libraries/ld-cache.ts'
import { overrideRule, overridesOf } from './rules/ownership.ts'
import { packageRules } from './rules/package-rules.ts'
import { type Closure, directory, type Rule } from './rules/rule.ts'
import { skeleton } from './rules/skeleton.ts'
import { tmpfilesRules } from './rules/tmpfiles.ts'

/**
 * What the rules are called: part of every image's recipe that has a debian-root. It rises with every change of a rule, here or in
 * over-base/, by which some image would get another tree; root-version.test.ts notices one.
 */
export const debianRootVersion = 'debian-root-1'

/** What debian-root is computed from. */
export interface RootInput {
  /** The packages that the image holds, in any order, their trees as the image shows them (without what is excluded). */
  readonly packages: readonly RootPackage[]
  /** Packages that are read whether or not the image holds them: base-files (laid out as data), base-passwd, libc-bin. */
  readonly data: readonly RootPackage[]
  readonly ids: Ids
  /** Debian's name of it, such as "amd64". */
  readonly architecture: string
  readonly records: 'status.d' | 'dpkg' | 'none'
}

/** The tree, and what only running a script could tell. */
export interface DebianRoot {
  readonly tree: Tree
  readonly unresolved: readonly Unresolved[]
}

/** Computes debian-root. @throws BuildError debian.id-missing, debian.data-missing */
export function debianRoot(input: RootInput): DebianRoot {
  const image = imageOf(input)
  const { packages, files } = image
  const { alternatives, unresolved } = readAlternatives(packages)
  const { architecture, records } = input
  const entries = [
    ...image.baseFiles
      .flatMap(({ tree }) => [...tree.entries()])
      .filter(({ path }) => records === 'status.d' || !isRecord(path)),
    ...rulesFor(image).flatMap((rule) => rule(image)),
    ...ldCacheEntries(files, architecture),
    ...alternativeEntries(alternatives, files),
    ...accountEntries(image.accounts),
    ...(records === 'dpkg' ? dpkgEntries({ packages: image.laidOut, files, architecture, alternatives }) : []),
  ]
  return { tree: united(entries), unresolved: [...image.asked.unresolved, ...unresolved] }
}

/** What rules are asked with, and the packages by what the image does with them. */
interface Image extends Closure {
  /** In name order, so that no order of theirs reaches the result. */
  readonly packages: readonly RootPackage[]
  /** base-files, unless the image holds it anyway. */
  readonly baseFiles: readonly RootPackage[]
  readonly laidOut: readonly RootPackage[]
  /** Read only. */
  readonly data: readonly RootPackage[]
  readonly asked: Accounts
}

function imageOf(input: RootInput): Image {
  const packages = [...input.packages].sort((a, b) => (a.name < b.name ? -1 : 1))
  const others = input.data.filter(({ name }) => !packages.some((each) => each.name === name))
  const baseFiles = others.filter(isBaseFiles)
  const data = others.filter((each) => !isBaseFiles(each))
  const laidOut = [...packages, ...baseFiles]
  const files = union(laidOut.map(({ tree }) => tree))
  const sources = union([...laidOut, ...data].map(({ tree }) => tree))
  const asked = accountsOf(packages.map((each) => ({ ...each, sysusers: sysusersOf(each) })))
  const accounts = withAccounts(mastersOf(sources), asked, input.ids)
  return { packages, baseFiles, laidOut, data, files, sources, asked, accounts }
}

function isBaseFiles({ name }: RootPackage): boolean {
  return name === 'base-files'
}

const recordFolder = path('var/lib/dpkg/status.d')

function isRecord(at: EntryPath): boolean {
  return isWithin(at, recordFolder)
}

/** The home directories that adduser makes. */
function homes({ users }: Accounts): readonly Rule[] {
  return users
    .filter(({ makesHome }) => makesHome)
    .map(({ name, group, home }) => directory(home, { owner: `${name}:${group}` }))
}

/** In the order in which later rules win: the general, then what packages say of themselves, then the tables. */
function rulesFor({ packages, laidOut, data, asked }: Image): readonly Rule[] {
  return [
    ...skeleton,
    ...homes(asked),
    ...packages.flatMap(tmpfilesRules),
    ...packages.flatMap(overridesOf).map(overrideRule),
    ...[...laidOut, ...data].flatMap(packageRules),
  ]
}

/** One tree; where two parts have a path, the later. */
function united(entries: readonly Entry[]): Tree {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  return treeOf([...withParents(treeOf(inOrder(byPath.values()))).entries()])
}
