/**
 * Debian packages over a base image that has some (docs/debian.md, "Over a base"): decides what is omitted, replaced, or refused.
 *
 * If both have a package: the same version is not added again; an older one in the base is replaced, and files that only it had are whited
 * out; a newer one in the base stays, if every relation of the added packages accepts it. Users keep the base's ids.
 */

import { fail } from '../../base/error.ts'
import { type Paragraph, parseParagraph, parseRelations } from '../../format/control.ts'
import type { BaseFiles, Over } from '../../source/ecosystem.ts'
import { without } from '../../store/closure.ts'
import type { Closure, StoreReader } from '../../store/store.ts'
import type { StorePath } from '../../store/store-path.ts'
import { baseName, type EntryPath, parent, path as pathOf } from '../../tree/path.ts'
import { union } from '../../tree/union.ts'
import { compareVersions, versionFits } from '../archive/version.ts'
import type { Ids } from '../lock/resolution.ts'
import { mergedPath } from '../merged-usr.ts'
import { asDeb } from '../normaliser.ts'
import { controlText } from '../root/input.ts'

/** An installed package of a base. */
interface Installed {
  readonly name: string
  readonly version: string
  readonly architecture: string
  /** Its files, under merged /usr. */
  files(): readonly EntryPath[]
  /** Its own files in dpkg's database. */
  records(): readonly EntryPath[]
}

/** A base's records of its packages. */
export interface DebianBase {
  /** By `instanceOf`: one name may have several instances, one per architecture. */
  readonly installed: ReadonlyMap<string, Installed>
  /** Everything in dpkg's database, in order, including removed packages with remaining configuration: each paragraph by `instanceOf`. */
  readonly paragraphs: ReadonlyMap<string, string>
  /** The architecture that "all" stands for. */
  readonly native: string
  /** Format of the records: dpkg's single file, or one file per package, as in images without dpkg. */
  readonly form: 'dpkg' | 'status.d' | 'none'
}

/** Location of dpkg's database. */
export const folder = 'var/lib/dpkg'

const known = new WeakMap<BaseFiles, DebianBase>()

/** Reads a base's records, once. */
export function debianBaseOf(base: BaseFiles): DebianBase {
  const found = known.get(base) ?? readBase(base)
  known.set(base, found)
  return found
}

function readBase(base: BaseFiles): DebianBase {
  const status = textAt(base, `${folder}/status`)
  const texts = status === '' ? statusFiles(base) : status.split(/\n{2,}/)
  const records = recordsByStem(base)
  const installed = new Map<string, Installed>()
  const paragraphs = new Map<string, string>()
  const read = texts.map((each) => each.trim()).map((text) => ({ text, fields: parseParagraph(text) }))
  const native = nativeOf(
    textAt(base, `${folder}/arch`),
    read.map(({ fields }) => fields),
  )
  for (const { text, fields } of read) {
    const name = fields.get('package')
    if (name === undefined) continue
    const [version = '', architecture = ''] = [fields.get('version'), fields.get('architecture')]
    const instance = instanceOf(name, architecture, native)
    paragraphs.set(instance, text)
    if (!isInstalled(fields)) continue
    installed.set(instance, {
      ...{ name, version, architecture },
      files: () => filesOf(base, name, fields),
      records: () => [name, `${name}:${architecture}`].flatMap((stem) => records().get(stem) ?? []),
    })
  }
  return { installed, paragraphs, native, form: status !== '' ? 'dpkg' : installed.size > 0 ? 'status.d' : 'none' }
}

/** dpkg's identity of a package: name and architecture, where "all" is the machine's own (dpkg(1), "--add-architecture"). */
export function instanceOf(name: string, architecture: string, native: string): string {
  return `${name}:${architecture === 'all' || architecture === '' ? native : architecture}`
}

function nativeOf(arch: string, packages: readonly Paragraph[]): string {
  const [first = ''] = arch.split('\n')
  if (first !== '') return first
  const known = packages.filter((fields) => fields.get('architecture') !== 'all')
  return (known.find((fields) => fields.get('package') === 'dpkg') ?? known[0])?.get('architecture') ?? ''
}

/** The installed package of a name, for the base's own architecture. */
export function installedAs({ installed, native }: DebianBase, name: string): Installed | undefined {
  return installed.get(instanceOf(name, 'all', native))
}

/**
 * Determines which packages the base has already, and which files of replaced packages are obsolete. @throws BuildError debian.base-newer
 */
export function overBase(closure: Closure, base: DebianBase, store: StoreReader): Over {
  const ours = new Map<StorePath, Ours>()
  for (const [path, node] of closure.nodes) if (node.as === asDeb) ours.set(path, readOurs(path, store))
  const kept = new Set<StorePath>()
  const replaced: Installed[] = []
  for (const [path, { name, version, architecture }] of ours) {
    const there = base.installed.get(instanceOf(name, architecture, base.native))
    if (there === undefined) continue
    const order = compareVersions(there.version, version)
    if (order > 0) checkAccepted({ name, version }, there, [...ours.values()])
    if (order >= 0) kept.add(path)
    else replaced.push(there)
  }
  const added = without(closure, (path) => kept.has(path))
  return { present: kept, gone: goneFiles(replaced, { added, base, store }) }
}

/** Ids of an image over a base: a user of the base keeps its id; an id that the base gave to another is not used. */
export function idsOver(ids: Ids, base: BaseFiles): Ids {
  return {
    users: idsBeside(ids.users, idsIn(textAt(base, 'etc/passwd'))),
    groups: idsBeside(ids.groups, idsIn(textAt(base, 'etc/group'))),
  }
}

interface Ours {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly fields: Paragraph
}

function readOurs(path: StorePath, store: StoreReader): Ours {
  const fields = parseParagraph(controlText({ control: store.control(path, asDeb) }, 'control'))
  const [name = '', version = '', architecture = ''] = ['package', 'version', 'architecture'].map((field) =>
    fields.get(field),
  )
  return { name, version, architecture, fields }
}

/** Policy 7.2: added packages must accept the base's versions of their dependencies. */
function checkAccepted(ours: Pick<Ours, 'name' | 'version'>, there: Installed, all: readonly Ours[]): void {
  for (const other of all) {
    const groups = ['depends', 'pre-depends'].flatMap((field) => parseRelations(other.fields.get(field) ?? ''))
    for (const { name, comparison, version } of groups.flat()) {
      if (name !== ours.name || comparison === undefined || version === undefined) continue
      if (versionFits(there.version, comparison, version) || !versionFits(ours.version, comparison, version)) continue
      fail(
        'debian.base-newer',
        `The base image has ${name} ${there.version}, and ${other.name} ${other.version} needs ${name} (${comparison} ${version}).`,
        { remedy: 'Run `slipway lock --update FILE` to use the current versions, or use an older base image.' },
      )
    }
  }
}

function goneFiles(
  replaced: readonly Installed[],
  { added, base, store }: { readonly added: Closure; readonly base: DebianBase; readonly store: StoreReader },
): readonly EntryPath[] {
  if (replaced.length === 0) return []
  const ours = [...added.nodes].flatMap(([path, { as }]) => (as === asDeb ? [store.laidOut(path, as)] : []))
  const present = union(ours)
  const going = new Set(replaced)
  const kept = new Set([...base.installed.values()].flatMap((each) => (going.has(each) ? [] : each.files())))
  const theirs = new Set(replaced.flatMap((each) => [...each.files(), ...each.records()]))
  return [...theirs].filter((file) => !kept.has(file) && present.get(file) === undefined).sort()
}

/**
 * Scripts, lists and checksums of each package, by their names without suffixes: files that a package's next version lacks must not be run
 * or read. Computed once, on demand.
 */
function recordsByStem(base: BaseFiles): () => ReadonlyMap<string, readonly EntryPath[]> {
  let known: ReadonlyMap<string, readonly EntryPath[]> | undefined
  return () => {
    const records = (): readonly EntryPath[] => namesIn(base, 'info').filter((path) => /\.[a-z0-9]+$/.test(path))
    known ??= Map.groupBy(records(), (path) => baseName(path).replace(/\.[a-z0-9]+$/, ''))
    return known
  }
}

/** Files that a base lists for a package, without directories. */
function filesOf(base: BaseFiles, name: string, fields: Paragraph): readonly EntryPath[] {
  const lists = [`info/${name}.list`, `info/${name}:${fields.get('architecture')}.list`].map((file) =>
    textAt(base, `${folder}/${file}`),
  )
  const listed = lists.join('').split('\n')
  const sums = textAt(base, `${folder}/status.d/${name}.md5sums`).split('\n')
  const names = [...listed, ...sums.map((line) => line.slice(34))].filter((line) => line !== '' && line !== '/.')
  const paths = names.map((line) => mergedPath(pathOf(Buffer.from(line, 'latin1').toString('utf8'))))
  return paths.filter((path) => (base.tree.get(path)?.kind ?? 'directory') !== 'directory')
}

function isInstalled(fields: Paragraph): boolean {
  const status = fields.get('status')
  return status === undefined || / installed$/.test(status)
}

function statusFiles(base: BaseFiles): readonly string[] {
  return namesIn(base, 'status.d').flatMap((path) => (path.endsWith('.md5sums') ? [] : [textOf(base, path)]))
}

/** Reads a base's file, one character per byte; empty if it does not exist. */
export function textAt(base: BaseFiles, at: string): string {
  return textOf(base, pathOf(at))
}

function textOf({ tree }: BaseFiles, path: EntryPath): string {
  return Buffer.from(tree.read(path) ?? []).toString('latin1')
}

/** Entries of a directory in dpkg's database. */
function namesIn({ tree }: BaseFiles, name: string): readonly EntryPath[] {
  const directory = pathOf(`${folder}/${name}`)
  return [...tree.below(directory)].flatMap(({ path }) =>
    path !== directory && parent(path) === directory ? [path] : [],
  )
}

/** Maps names to ids in a passwd or group file. */
function idsIn(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').map((line) => line.split(':'))
  return new Map(
    lines.flatMap(([name = '', , id]) => (name === '' || id === undefined ? [] : [[name, Number(id)] as const])),
  )
}

/** Debian policy, 9.2.2: ids from 100 are allocated on request. */
function idsBeside(own: ReadonlyMap<string, number>, below: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const used = new Set([...below.values(), ...[...own].filter(([name]) => !below.has(name)).map(([, id]) => id)])
  const taken = new Set(below.values())
  const free = (): number => {
    let id = 100
    while (used.has(id)) id++
    used.add(id)
    return id
  }
  return new Map([...own].sort().map(([name, id]) => [name, below.get(name) ?? (taken.has(id) ? free() : id)]))
}
