/**
 * Effects of the maintainer scripts of an image's packages in a first installation (Debian Policy Manual, 6.5 and 6.6).
 *
 * No script runs: each is followed (shell/evaluate.ts), config and preinst scripts first, then postinst scripts in the order of
 * dependencies. A command that cannot be followed has no effect and becomes a note.
 */
import { hasMetadata, type NodeEntry } from '../../../tree/entry.ts'
import { sameEntry } from '../../../tree/equal.ts'
import { baseName, type EntryPath, parent, path, show } from '../../../tree/path.ts'
import type { Tree } from '../../../tree/tree.ts'
import type { AccountDatabase } from '../account-database.ts'
import type { AccountRequests } from '../account-requests.ts'
import type { Alternative } from '../alternatives.ts'
import { controlText, type PackageNote, type RootPackage } from '../input.ts'
import { certain, type Fact, type Held, type Override } from '../shell/facts.ts'
import { note } from '../shell/state.ts'
import { isPassing, keyOf, pathOf } from './disk.ts'
import { answersOf, followed, type Script } from './follow.ts'
import { inConfigurationOrder } from './order.ts'

/** Input of the scripts. */
export interface Configuration {
  /** In name order. */
  readonly packages: readonly RootPackage[]
  /** Files of the image before any script. */
  readonly files: Tree
  /** Users and groups that exist before. */
  readonly accounts: AccountDatabase
  readonly architecture: string
}

/** Effects of the scripts. */
export interface Configured {
  /** New and changed files with the package whose script made them; owners by name, without numbers yet. */
  readonly files: readonly { readonly entry: NodeEntry; readonly by: string }[]
  readonly requests: AccountRequests
  readonly alternatives: readonly Alternative[]
  readonly overrides: readonly Override[]
  /** By package. */
  readonly notes: readonly PackageNote[]
}

/** Follows all scripts. */
export function configure(configuration: Configuration): Configured {
  const { packages, files } = configuration
  const settled = answersOf(packages)
  const notes = new Map<string, PackageNote>()
  const owners = ownersOf(packages)
  const names = namesByDirectory(files)
  const system = {
    ...configuration,
    settled,
    namesIn: names.of,
    ships: (at: EntryPath) => packages.some(({ tree }) => tree.get(at) !== undefined),
    packages: new Map(packages.map(({ name, version }) => [name, version])),
  }
  const conffiles = conffilesOf(packages)
  const begun = new Set<RootPackage>()
  const isInPlace = (owner: RootPackage | undefined): boolean => owner === undefined || begun.has(owner)
  const run = (each: RootPackage, script: Script): void => {
    const hides = (at: EntryPath): boolean =>
      (script !== 'postinst' && owners.get(at) === each) || !isInPlace(conffiles.get(at))
    const state = followed(each, script, { ...system, hides })
    for (const [key, held] of state?.facts ?? []) {
      settled.set(key, held)
      if (held.fact?.kind === 'entry') names.add(held.fact.entry.path)
    }
    // Config scripts only ask questions.
    if (script !== 'config') for (const [key, held] of state?.notes ?? []) notes.set(key, held)
  }
  const ordered = inConfigurationOrder(packages)
  for (const script of ['config', 'preinst'] as const) for (const each of ordered) run(each, script)
  for (const each of ordered) {
    begun.add(each)
    run(each, 'postinst')
  }
  noteKept(settled, files, notes)
  const facts = [...settled.values()].flatMap((held) => certain(held) ?? [])
  return {
    files: filesOf(settled, files),
    requests: requestsOf(facts),
    alternatives: facts.flatMap((fact) => (fact.kind === 'alternative' ? [fact.alternative] : [])),
    overrides: facts.flatMap((fact) => (fact.kind === 'override' ? [fact.override] : [])),
    notes: [...notes.values()].sort((a, b) => (a.package < b.package ? -1 : a.package > b.package ? 1 : 0)),
  }
}

/** Names in each directory, computed on demand. */
function namesByDirectory(files: Tree): {
  readonly of: (directory: EntryPath) => Iterable<string>
  readonly add: (at: EntryPath) => void
} {
  let names: Map<EntryPath, Set<string>> | undefined
  const added: EntryPath[] = []
  const enter = (into: Map<EntryPath, Set<string>>, at: EntryPath): void => {
    const known = into.get(parent(at))
    if (known === undefined) into.set(parent(at), new Set([baseName(at)]))
    else known.add(baseName(at))
  }
  return {
    of: (directory) => {
      if (names === undefined) {
        names = new Map()
        for (const at of [...Iterator.from(files.entries()).map(({ path }) => path), ...added])
          if (at !== '') enter(names, at)
      }
      return names.get(directory) ?? []
    },
    add: (at) => {
      if (names === undefined) added.push(at)
      else enter(names, at)
    },
  }
}

/** Owner of each file that belongs to a single package with a preinst: it does not exist before that package is unpacked. */
function ownersOf(packages: readonly RootPackage[]): ReadonlyMap<EntryPath, RootPackage | undefined> {
  const owners = new Map<EntryPath, RootPackage | undefined>()
  if (!packages.some(({ control }) => control.has('preinst'))) return owners
  for (const each of packages)
    for (const { path, kind } of each.tree.entries())
      if (kind !== 'directory') owners.set(path, owners.has(path) ? undefined : each)
  return owners
}

/** Owner of each configuration file: dpkg puts it in place when it begins to configure that package (deb-conffiles(5)). */
function conffilesOf(packages: readonly RootPackage[]): ReadonlyMap<EntryPath, RootPackage> {
  return new Map(
    packages.flatMap((each) =>
      controlText(each, 'conffiles')
        .split('\n')
        .filter((line) => line.startsWith('/'))
        .map((line) => [path(line), each] as const),
    ),
  )
}

/** Differences from the image's files, without those in /tmp, which scripts work in. */
function filesOf(settled: ReadonlyMap<string, Held>, files: Tree): Configured['files'] {
  return [...settled].flatMap(([key, held]) => {
    const fact = certain(held)
    if (fact?.kind !== 'entry' || key !== keyOf(fact.entry.path) || /^tmp\//.test(fact.entry.path)) return []
    return isAsBefore(fact.entry, files) ? [] : [{ entry: fact.entry, by: held.cause.package }]
  })
}

/** Adds a note for each package's file that scripts remove and do not restore: an image keeps it. */
function noteKept(settled: ReadonlyMap<string, Held>, files: Tree, notes: Map<string, PackageNote>): void {
  for (const [key, { fact, cause }] of settled) {
    const at = fact?.kind === 'absent' ? pathOf(key) : undefined
    if (at !== undefined && !isPassing(at) && files.get(at) !== undefined)
      note(notes, cause, `/${show(at)} is part of a package and stays`)
  }
}

function isAsBefore(entry: NodeEntry, files: Tree): boolean {
  const before = files.get(entry.path)
  if (before === undefined || !hasMetadata(before) || !sameEntry(entry, before)) return false
  return entry.metadata.uname === before.metadata.uname && entry.metadata.gname === before.metadata.gname
}

function requestsOf(facts: readonly Fact[]): AccountRequests {
  return {
    users: facts.flatMap((fact) => (fact.kind === 'user' ? [fact.user] : [])),
    groups: facts.flatMap((fact) => (fact.kind === 'group' ? [fact.group] : [])),
    memberships: facts.flatMap((fact) => (fact.kind === 'member' ? [{ user: fact.user, group: fact.group }] : [])),
  }
}
