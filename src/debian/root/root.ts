/**
 * debian-root: the files that the packages of an image need in common, derived from their data (docs/debian.md, "debian-root").
 *
 * Links of merged /usr and the directories of the root, base-files as data, the users of the image, and the effects of maintainer scripts:
 * state directories, configuration links and copies, alternatives, the CA bundle, ld.so.cache. No script runs; the result depends on the
 * packages and the ids alone. It adds to packages' files and removes nothing.
 */
import type { Entry, NodeEntry } from '../../tree/entry.ts'
import { inOrder } from '../../tree/order.ts'
import { type EntryPath, isWithin, path } from '../../tree/path.ts'
import { withParents } from '../../tree/transform.ts'
import { type Tree, treeOf } from '../../tree/tree.ts'
import { before, union } from '../../tree/union.ts'
import type { Ids } from '../lock/resolution.ts'
import type { AccountDatabase } from './account-database.ts'
import { accountEntries, accountsIn, mastersOf } from './account-entries.ts'
import { joined, withAccounts } from './account-files.ts'
import { type Alternative, alternativeEntries } from './alternatives.ts'
import { dpkgEntries } from './dpkg.ts'
import type { PackageNote, RootPackage } from './input.ts'
import { ldCacheEntries } from './libraries/ld-cache.ts'
import { unsettled } from './notes.ts'
import { packageRules } from './rules/package-rules.ts'
import type { Closure } from './rules/rule.ts'
import { skeleton } from './rules/skeleton.ts'
import { tmpfilesRules } from './rules/tmpfiles.ts'
import { configure } from './scripts/configure.ts'

/**
 * Version of the rules: part of the recipe of every image with a debian-root. Increase it with every change of a rule, here or in
 * over-base/, that gives some image another tree.
 */
export const debianRootVersion = 'debian-root-10'

/** Input of debian-root. */
export interface RootInput {
  /** Packages in the image, in any order, with their files as the image shows them (without exclusions). */
  readonly packages: readonly RootPackage[]
  /** Packages that are read whether or not the image contains them: base-files (laid out as data), base-passwd, libc-bin. */
  readonly data: readonly RootPackage[]
  readonly ids: Ids
  /** Debian's name of it, such as "amd64". */
  readonly architecture: string
  readonly records: 'status.d' | 'dpkg' | 'none'
}

/** Result of debian-root. */
export interface DebianRoot {
  readonly tree: Tree
  readonly alternatives: readonly Alternative[]
  /** Effects of packages' scripts that slipway could not determine, by package. */
  readonly notes: readonly PackageNote[]
}

/** Computes debian-root. @throws BuildError debian.data-missing */
export function debianRoot(input: RootInput): DebianRoot {
  const { packages, laidOut, data, baseFiles, sources, ...start } = imageOf(input)
  const { architecture, records } = input
  const known = { ...start, sources }
  const skeletal = skeleton.flatMap((rule) => rule(known))
  const found = before(latest(skeletal.filter(({ path }) => path !== madeByBaseFiles)), start.files)
  const configured = configure({ packages, files: found, accounts: start.accounts, architecture })
  const accounts = withAccounts(start.masters, configured.requests, input.ids)
  const owners = joined(accounts, start.accounts)
  const scripted = configured.files.map(({ entry }) => numbered(entry, owners))
  const made = latest(scripted)
  const closure = { files: before(made, found), sources: before(made, sources), accounts: owners }
  const { alternatives, overrides, notes } = configured
  const entries = [
    ...baseFiles
      .flatMap(({ tree }) => [...tree.entries()])
      .filter(({ path }) => records === 'status.d' || !isRecord(path)),
    ...skeletal,
    ...scripted,
    ...packages.flatMap(tmpfilesRules).flatMap((rule) => rule(closure)),
    ...[...laidOut, ...data].flatMap(packageRules).flatMap((rule) => rule(closure)),
    ...ldCacheEntries(closure.files, architecture),
    ...alternativeEntries(alternatives, closure.files),
    ...accountEntries(accounts),
    ...(records === 'dpkg'
      ? dpkgEntries({ packages: laidOut, files: closure.files, architecture, alternatives, overrides })
      : []),
  ]
  return { tree: united(entries), alternatives, notes: unsettled(notes) }
}

// base-files' script creates this link if there is none.
const madeByBaseFiles = path('usr/local/man')

/** Input of the rules before any script, and the packages by their role in the image. */
interface Image extends Closure {
  /** In name order, so that the input order does not affect the result. */
  readonly packages: readonly RootPackage[]
  /** base-files, unless the image contains it anyway. */
  readonly baseFiles: readonly RootPackage[]
  readonly laidOut: readonly RootPackage[]
  /** Packages that are only read. */
  readonly data: readonly RootPackage[]
  /** Static accounts; `accounts` includes a base's too. */
  readonly masters: AccountDatabase
}

function imageOf(input: RootInput): Image {
  const packages = [...input.packages].sort((a, b) => (a.name < b.name ? -1 : 1))
  const others = input.data.filter(({ name }) => !packages.some((each) => each.name === name))
  const baseFiles = others.filter(isBaseFiles)
  const data = others.filter((each) => !isBaseFiles(each))
  const laidOut = [...packages, ...baseFiles]
  const files = union(laidOut.map(({ tree }) => tree))
  const sources = union([...laidOut, ...data].map(({ tree }) => tree))
  const masters = mastersOf(sources)
  return { packages, baseFiles, laidOut, data, files, sources, masters, accounts: joined(masters, accountsIn(files)) }
}

function isBaseFiles({ name }: RootPackage): boolean {
  return name === 'base-files'
}

const recordFolder = path('var/lib/dpkg/status.d')

function isRecord(at: EntryPath): boolean {
  return isWithin(at, recordFolder)
}

/** Adds the numbers of the owner's names. */
function numbered(entry: NodeEntry, { users, groups }: AccountDatabase): NodeEntry {
  const { metadata } = entry
  const uid = users.find(({ name }) => name === metadata.uname)?.uid ?? metadata.uid
  const gid = groups.find(({ name }) => name === metadata.gname)?.gid ?? metadata.gid
  return { ...entry, metadata: { ...metadata, uid, gid } }
}

/** Combines trees; if two have a path, the later wins. */
function united(entries: readonly Entry[]): Tree {
  return treeOf([...withParents(latest(entries)).entries()])
}

function latest(entries: readonly Entry[]): Tree {
  return treeOf(inOrder(new Map(entries.map((entry) => [entry.path, entry])).values()))
}
