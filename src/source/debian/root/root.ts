/**
 * debian-root: what the packages of one image need together, worked out from their data (docs/debian.md, "debian-root").
 *
 * Links of merged /usr and the directories of the root, base-files as data, the users of the image, and what maintainer scripts would
 * leave: state directories, configuration links and copies, alternatives, the CA bundle, ld.so.cache. No script runs; the result follows
 * from the packages and the ids alone. It adds to what packages ship and takes nothing away.
 */
import { contentOf } from '../../../base/bytes.ts'
import { fail } from '../../../base/error.ts'
import { type Entry, type Metadata, plain } from '../../../tree/entry.ts'
import { inOrder } from '../../../tree/order.ts'
import { type EntryPath, isWithin, path } from '../../../tree/path.ts'
import { filtered, withParents } from '../../../tree/transform.ts'
import { type Tree, treeOf } from '../../../tree/tree.ts'
import type { Ids } from '../resolution.ts'
import { type AccountDatabase, formatAccounts, parseMasters, withAccounts } from './account-files.ts'
import { type Accounts, accountsOf, sysusersOf } from './accounts.ts'
import { alternativeEntries, readAlternatives } from './alternatives.ts'
import { dpkgEntries } from './dpkg.ts'
import { type Files, filesOf, type RootPackage, type Unresolved } from './input.ts'
import { ldCacheEntries } from './ld-cache.ts'
import { overrideRule, overridesOf } from './ownership.ts'
import { packageRules } from './package-rules.ts'
import { type Closure, directory, type Rule } from './rules.ts'
import { skeleton } from './skeleton.ts'
import { tmpfilesRules } from './tmpfiles.ts'

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
  const packages = [...input.packages].sort((a, b) => (a.name < b.name ? -1 : 1))
  const data = input.data.filter(({ name }) => !packages.some((each) => each.name === name))
  const baseFiles = data
    .filter(({ name }) => name === 'base-files')
    .map((each) => ({ ...each, tree: withoutLinks(each.tree) }))
  const laidOut = [...packages, ...baseFiles]
  const sources = filesOf([...packages, ...data].map(({ tree }) => tree))
  const asked = accountsOf(packages.map((each) => ({ ...each, sysusers: sysusersOf(each) })))
  const accounts = withAccounts(mastersOf(sources), asked, input.ids)
  const closure: Closure = { files: filesOf(laidOut.map(({ tree }) => tree)), sources, accounts }
  const { alternatives, unresolved } = readAlternatives(packages)
  const entries = [
    ...baseFiles.flatMap(({ tree }) =>
      [...tree.entries()].filter((entry) => input.records === 'status.d' || !isRecord(entry.path)),
    ),
    ...rulesFor({ packages, laidOut, data, asked }).flatMap((rule) => rule(closure)),
    ...ldCacheEntries(closure.files, input.architecture),
    ...alternativeEntries(alternatives, closure.files),
    ...accountEntries(accounts),
    ...(input.records === 'dpkg' ? dpkgEntries({ packages: laidOut, files: closure.files, architecture: input.architecture, alternatives }) : []),
  ]
  return { tree: united(entries), unresolved: [...asked.unresolved, ...unresolved] }
}

const recordFolder = path('var/lib/dpkg/status.d')

function isRecord(at: EntryPath): boolean {
  return isWithin(at, recordFolder)
}

/** base-files ships as directories what its scripts make links. */
function withoutLinks(tree: Tree): Tree {
  return filtered(tree, (entry) => entry.path !== 'var/run' && entry.path !== 'var/lock')
}

function mastersOf(sources: Files): AccountDatabase {
  const [passwd, group] = ['passwd', 'group'].map((name) => sources.read(path(`usr/share/base-passwd/${name}.master`)))
  if (passwd !== undefined && group !== undefined)
    return parseMasters(Buffer.from(passwd).toString('utf8'), Buffer.from(group).toString('utf8'))
  return fail(
    'debian.data-missing',
    'The package base-passwd, which has the users of every Debian system, is not there.',
    {
      remedy: 'Run `slipway lock --update FILE`; the archive must have base-passwd.',
    },
  )
}

/** The home directories that adduser makes. */
function homes({ users }: Accounts): readonly Rule[] {
  return users
    .filter(({ makesHome }) => makesHome)
    .map(({ name, group, home }) => directory(home, { owner: `${name}:${group}` }))
}

interface Configured {
  readonly packages: readonly RootPackage[]
  readonly laidOut: readonly RootPackage[]
  readonly data: readonly RootPackage[]
  readonly asked: Accounts
}

/** In the order in which later rules win: the general, then what packages say of themselves, then the tables. */
function rulesFor({ packages, laidOut, data, asked }: Configured): readonly Rule[] {
  return [
    ...skeleton,
    ...homes(asked),
    ...packages.flatMap(tmpfilesRules),
    ...packages.flatMap(overridesOf).map(overrideRule),
    ...[...new Set([...laidOut, ...data])].flatMap(packageRules),
  ]
}

function accountEntries(accounts: AccountDatabase): readonly Entry[] {
  const { passwd, group, shadow, gshadow } = formatAccounts(accounts)
  const shadowOwner = accounts.groups.find(({ name }) => name === 'shadow')
  const secret = plain(0o640, { gid: shadowOwner?.gid ?? 0, gname: shadowOwner?.name ?? 'root' })
  const file = (name: string, text: string, metadata: Metadata): Entry => ({
    ...{ kind: 'file', path: path(`etc/${name}`), metadata, content: contentOf(text) },
  })
  return [
    file('passwd', passwd, plain(0o644)),
    file('group', group, plain(0o644)),
    file('shadow', shadow, secret),
    file('gshadow', gshadow, secret),
  ]
}

/** One tree; where two parts have a path, the later. */
function united(entries: readonly Entry[]): Tree {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  return treeOf([...withParents(treeOf(inOrder(byPath.values()))).entries()])
}
