/**
 * What the maintainer scripts of an image's packages leave behind in a first installation (Debian Policy Manual, 6.5 and 6.6).
 *
 * No script runs: each is followed (shell/evaluate.ts), config and preinst scripts first, then postinst scripts in the order of
 * dependencies. What cannot be worked out has no effect and becomes a note.
 */
import { type Entry, hasMetadata, type NodeEntry } from '../../../tree/entry.ts'
import { sameEntry } from '../../../tree/equal.ts'
import type { EntryPath } from '../../../tree/path.ts'
import type { AccountDatabase } from '../account-files.ts'
import type { AccountRequests } from '../account-requests.ts'
import type { Alternative } from '../alternatives.ts'
import { controlText, type Files, type RootPackage } from '../input.ts'
import type { Override } from '../rules/ownership.ts'
import { follow, newShell } from '../shell/evaluate.ts'
import { certain, type Fact, type Held } from '../shell/facts.ts'
import { parseScript } from '../shell/parser.ts'
import { firstState, note, type ScriptNote, type State } from '../shell/state.ts'
import { isFileKey, pathOfKey } from './disk.ts'
import { inConfigurationOrder } from './order.ts'
import { programsOf } from './programs/all.ts'
import { answerKey, questionsOf } from './programs/debconf.ts'
import type { System } from './system.ts'

/** What scripts find. */
export interface Configuration {
  /** In name order. */
  readonly packages: readonly RootPackage[]
  /** The image's files before any script. */
  readonly files: Files
  /** Users and groups that are there before. */
  readonly accounts: AccountDatabase
  readonly architecture: string
}

/** What scripts leave. */
export interface Configured {
  /** New and changed files; owners by name, their numbers not yet set. */
  readonly entries: readonly NodeEntry[]
  readonly requests: AccountRequests
  readonly alternatives: readonly Alternative[]
  readonly overrides: readonly Override[]
  readonly notes: readonly ScriptNote[]
}

/** Follows all scripts. @throws BuildError archive.invalid - a script takes more steps than any real one does. */
export function configure(configuration: Configuration): Configured {
  const { packages, files } = configuration
  const settled = new Map<string, Held>()
  const notes = new Map<string, ScriptNote>()
  for (const each of packages) for (const [question, text] of questionsOf(controlText(each, 'templates'))) settled.set(answerKey(question), { fact: { kind: 'answer', text }, cause: nobody })
  const ordered = inConfigurationOrder(packages)
  const owners = ownersOf(packages)
  const run = (each: RootPackage, script: Script): void => {
    const state = followed(each, script, { ...configuration, settled, hides: script.name === 'preinst' ? (at) => owners.get(at) === each : () => false })
    for (const [key, held] of state?.facts ?? []) settled.set(key, held)
    for (const [key, held] of state?.notes ?? []) notes.set(key, held)
  }
  for (const script of scripts.slice(0, 2)) for (const each of ordered) run(each, script)
  for (const each of ordered) run(each, postinst)
  const facts = [...settled.values()].flatMap((held) => certain(held) ?? [])
  return {
    entries: entriesOf(settled, files),
    requests: requestsOf(facts),
    alternatives: facts.flatMap((fact) => (fact.kind === 'alternative' ? [fact.alternative] : [])),
    overrides: facts.flatMap((fact) => (fact.kind === 'override' ? [fact.override] : [])),
    notes: [...notes.values()].sort((a, b) => (a.package < b.package ? -1 : a.package > b.package ? 1 : 0)),
  }
}

const nobody = { package: '', command: '', isGenerated: true }

interface Script {
  readonly name: 'config' | 'preinst' | 'postinst'
  readonly words: readonly string[]
}

const postinst: Script = { name: 'postinst', words: ['configure', ''] }
const scripts: readonly Script[] = [{ name: 'config', words: ['configure', ''] }, { name: 'preinst', words: ['install'] }, postinst]

/** Whose a file is, for those that one package alone has. */
function ownersOf(packages: readonly RootPackage[]): ReadonlyMap<EntryPath, RootPackage | undefined> {
  const owners = new Map<EntryPath, RootPackage | undefined>()
  for (const each of packages) {
    if (!each.control.has('preinst')) continue
    for (const { path } of each.tree.entries()) owners.set(path, owners.has(path) ? undefined : each)
  }
  for (const each of packages) {
    if (owners.size === 0) break
    for (const { path } of each.tree.entries()) if (owners.has(path) && owners.get(path) !== each) owners.set(path, undefined)
  }
  return owners
}

type Around = Configuration & Pick<System, 'settled' | 'hides'>

function followed(each: RootPackage, { name, words }: Script, around: Around): State | undefined {
  const text = controlText(each, name)
  if (text === '') return undefined
  const state = firstState(words, variablesOf(each, name))
  const system: System = { ...around, packages: new Map(around.packages.map((other) => [other.name, other.version])) }
  const cause = { package: each.name, command: `${name}: ${text.split('\n', 1)[0] ?? ''}`, isGenerated: false }
  const script = isShell(text) ? parseScript(text) : undefined
  if (script === undefined) note(state.notes, cause, isShell(text) ? 'slipway cannot read this script' : 'slipway reads shell scripts only')
  else follow(newShell(state, programsOf(system), { package: each.name, isGenerated: generatedParts(text) }), script)
  return state
}

/** Whether a script is for a shell, by its first line. */
export function isShell(script: string): boolean {
  return /^#! ?\S*\/(env )?(ba|da|k)?sh\b/.test(script)
}

// dpkg(1), "ENVIRONMENT"; the rest is the machine's.
const ofTheMachine = ['HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LANGUAGE', 'TERM', 'SHELL', 'DISPLAY', 'TZ', 'HOSTNAME', 'RANDOM', 'UID', 'EUID', 'SUDO_USER', 'SUDO_UID']

function variablesOf({ name, architecture }: RootPackage, script: string): State['variables'] {
  const known = {
    DPKG_MAINTSCRIPT_PACKAGE: name,
    DPKG_MAINTSCRIPT_NAME: script,
    DPKG_MAINTSCRIPT_ARCH: architecture,
    DPKG_ROOT: '',
    DPKG_ADMINDIR: '/var/lib/dpkg',
    DEBIAN_FRONTEND: 'noninteractive',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    PWD: '/',
  }
  return new Map([
    ...Object.entries(known).map(([key, value]) => [key, { value, isSet: true }] as const),
    ...ofTheMachine.map((key) => [key, { value: undefined, isSet: undefined }] as const),
  ])
}

/** Whether an offset is in a part that debhelper wrote. */
function generatedParts(text: string): (at: number) => boolean {
  const parts = [...text.matchAll(/^# Automatically added by [\s\S]*?^# End automatically added section/gm)].map(
    ({ index, 0: whole }) => [index, index + whole.length] as const,
  )
  return (at) => parts.some(([start, end]) => at >= start && at < end)
}

/** What differs from the image's files; what is in folders for a while is left out. */
function entriesOf(settled: ReadonlyMap<string, Held>, files: Files): readonly NodeEntry[] {
  return [...settled].flatMap(([key, held]) => {
    const fact = isFileKey(key) ? certain(held) : undefined
    if (fact?.kind !== 'entry') return []
    const at = pathOfKey(key)
    return /^(var\/)?tmp\//.test(at) || isAsBefore(fact.entry, files.get(at)) ? [] : [fact.entry]
  })
}

function isAsBefore(entry: NodeEntry, before: Entry | undefined): boolean {
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
