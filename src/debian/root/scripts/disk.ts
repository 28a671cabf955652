/** Files as a script sees and changes them. */
import { contentOf, gather, type LocalContent } from '../../../base/bytes.ts'
import { hasMetadata, type Metadata, type NodeEntry, plain } from '../../../tree/entry.ts'
import { baseName, type EntryPath, entryPathOf, isWithin, join, parent, root } from '../../../tree/path.ts'
import { unknownPart } from '../shell/expand.ts'
import type { Cause, Fact } from '../shell/facts.ts'
import { literal, matches } from '../shell/pattern.ts'
import { note } from '../shell/state.ts'
import { helperFiles } from './programs/helpers.ts'
import { heldAt, type ProgramCall } from './system.ts'

/** The part of a script's context that files need. */
export type Place = Pick<ProgramCall, 'shell' | 'system'>

/** The entry at a name. `at` is its resolved path. */
export type Look =
  | { readonly kind: 'entry'; readonly at: EntryPath; readonly entry: NodeEntry }
  | { readonly kind: 'absent'; readonly at: EntryPath }
  | { readonly kind: 'undecided' }

const undecided: Look = { kind: 'undecided' }
const mostLinks = 40

/** An absolute name; undefined if the working directory is unknown. */
function absolute({ shell }: Place, name: string): string | undefined {
  if (name.startsWith('/')) return name
  const { value } = shell.environment.variable('PWD')
  return value === undefined || name === '' ? undefined : `${value}/${name}`
}

/** Looks up a name; follows links on the way, and the last one if `follow` is set. */
export function look(place: Place, name: string, follow: boolean = true): Look {
  const whole = absolute(place, name)
  if (whole === undefined || whole.includes('\0')) return undecided
  const open = Buffer.from(whole, 'utf8').toString('latin1').split('/').reverse()
  let at: EntryPath = root
  let links = 0
  let isThere = true
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      at = parent(at)
      continue
    }
    at = join(at, part)
    const fact: Fact | undefined = isThere ? factAt(place, at) : { kind: 'absent' }
    if (fact === undefined) return undecided
    isThere = fact.kind === 'entry'
    if (fact.kind !== 'entry' || fact.entry.kind !== 'symlink') continue
    if (!follow && open.every((rest) => rest === '')) continue
    if (++links > mostLinks) return { kind: 'absent', at }
    if (fact.entry.target.startsWith('/')) at = root
    else at = parent(at)
    open.push(...fact.entry.target.split('/').reverse())
  }
  return found(place, at, isThere)
}

function found(place: Place, at: EntryPath, isThere: boolean): Look {
  if (at === root) return { kind: 'entry', at, entry: { kind: 'directory', path: at, metadata: plain(0o755) } }
  const fact = isThere ? factAt(place, at) : undefined
  if (isThere && fact === undefined) return undecided
  return fact?.kind === 'entry' ? { kind: 'entry', at, entry: fact.entry } : { kind: 'absent', at }
}

// A running machine has these; their contents are unknown beforehand.
const ofTheMachine = /^(proc|sys|dev)\//

/** Known fact about a path, without following links; undefined: none. */
function factAt(place: Place, at: EntryPath): Fact | undefined {
  const held = heldAt(place, keyOf(at))
  if (held !== undefined) return held.fact
  const { files, hides } = place.system
  if (files === undefined || (ofTheMachine.test(at) && at !== 'dev/null')) return undefined
  if (at === 'dev/null') return { kind: 'entry', entry: { kind: 'fifo', path: at, metadata: plain(0o666) } }
  const entry = hides(at)
    ? undefined
    : (nodeAt(place, at) ?? helperAt(at) ?? alternativeAt(place, at) ?? deviceDirectoryAt(at))
  return entry === undefined ? { kind: 'absent' } : { kind: 'entry', entry }
}

/** A package's file. */
function nodeAt({ system: { files } }: Place, at: EntryPath): NodeEntry | undefined {
  const entry = files?.get(at)
  return entry !== undefined && hasMetadata(entry) ? entry : undefined
}

/** The link of a group of alternatives, which are computed from all scripts (alternatives.ts): scripts only see it. */
function alternativeAt(place: Place, at: EntryPath): NodeEntry | undefined {
  const fact = heldAt(place, linkKeyOf(at))?.fact
  return fact?.kind === 'entry' ? fact.entry : undefined
}

/** The key of the link of a group of alternatives. */
export function linkKeyOf(at: EntryPath): string {
  return `link ${at}`
}

/** /dev, which every machine has even if no package does. */
function deviceDirectoryAt(at: EntryPath): NodeEntry | undefined {
  return at === 'dev' ? { kind: 'directory', path: at, metadata: plain(0o755) } : undefined
}

function helperAt(at: EntryPath): NodeEntry | undefined {
  return helperFiles.has(at) ? { kind: 'file', path: at, metadata: plain(0o755), content: contentOf('') } : undefined
}

/** Key of a file's fact. */
export function keyOf(at: EntryPath): string {
  return `file ${at}`
}

/** The path of a file's fact; undefined where a key is another fact's. */
export function pathOf(key: string): EntryPath | undefined {
  return key.startsWith('file ') ? entryPathOf(key.slice('file '.length)) : undefined
}

/** Puts an entry at a path. */
export function put({ shell }: Place, entry: NodeEntry, cause: Cause): void {
  shell.state.facts.set(keyOf(entry.path), { fact: { kind: 'entry', entry }, cause })
}

/** Makes the entry at a path unknown from now on. */
export function unsettle(place: Place, at: EntryPath, cause: Cause, reason: string): void {
  const held = heldAt(place, keyOf(at))
  place.shell.state.facts.set(keyOf(at), { fact: undefined, before: held?.fact ?? held?.before, cause })
  if (!isPassing(at)) note(place.shell.state.notes, cause, reason)
}

/**
 * Tells whether a missing entry at a path does not matter: it disappears when a container starts, or is the scripts' own bookkeeping.
 *
 * @param at - a path, or an absolute name
 */
export function isPassing(at: string): boolean {
  return /^\/*(tmp|var\/tmp|run|var\/run|proc|sys|dev|var\/lib\/(ucf|dpkg)|var\/cache\/debconf)\//.test(at)
}

/** Creates an entry as the kernel does: a set-gid directory passes its group on. */
export function create(
  place: Place,
  { at, kind, mode }: { readonly at: EntryPath; readonly kind: 'file' | 'directory'; readonly mode: number },
  cause: Cause,
): NodeEntry {
  const above = factAt(place, parent(at))
  const directory = above?.kind === 'entry' ? above.entry.metadata : undefined
  const inherits = directory !== undefined && (directory.mode & 0o2000) !== 0
  const metadata = plain(mode | (inherits && kind === 'directory' ? 0o2000 : 0), {
    ...(inherits ? { gid: directory.gid, gname: directory.gname } : {}),
  })
  const entry: NodeEntry =
    kind === 'directory' ? { kind, path: at, metadata } : { kind, path: at, metadata, content: contentOf('') }
  put(place, entry, cause)
  return entry
}

/** Changes the metadata of an entry. */
export function change(place: Place, entry: NodeEntry, metadata: Partial<Metadata>, cause: Cause): void {
  put(place, { ...entry, metadata: { ...entry.metadata, ...metadata } }, cause)
}

/** Removes an entry, as later commands see it; configure.ts keeps packages' files and adds a note. */
export function remove({ shell }: Place, at: EntryPath, cause: Cause): void {
  shell.state.facts.set(keyOf(at), { fact: { kind: 'absent' }, cause })
}

/** Names in a directory, sorted; undefined if unknown. */
export function namesIn(place: Place, directory: EntryPath): readonly string[] | undefined {
  const { files, namesIn: names } = place.system
  if (files === undefined || ofTheMachine.test(`${directory}/`)) return undefined
  const all = new Set(names(directory))
  for (const { fact } of place.shell.state.facts.values())
    if (fact?.kind === 'entry' && parent(fact.entry.path) === directory) all.add(baseName(fact.entry.path))
  const facts = [...all].map((name) => [name, factAt(place, join(directory, name))] as const)
  if (facts.some(([, fact]) => fact === undefined)) return undefined
  return facts.flatMap(([name, fact]) => (fact?.kind === 'entry' ? [name] : [])).sort()
}

/** Everything below a directory, each directory before its contents; undefined if unknown. */
export function allBelow(place: Place, directory: EntryPath): readonly NodeEntry[] | undefined {
  const all: NodeEntry[] = []
  const open = [directory]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const names = namesIn(place, at)
    if (names === undefined) return undefined
    for (const name of names) {
      const fact = factAt(place, join(at, name))
      if (fact?.kind !== 'entry') continue
      all.push(fact.entry)
      if (fact.entry.kind === 'directory') open.push(fact.entry.path)
    }
  }
  return all.filter((entry) => isWithin(entry.path, directory))
}

/** Names that match a pattern, sorted; undefined if unknown. */
export function glob(place: Place, pattern: string): readonly string[] | undefined {
  if (pattern.startsWith('/')) return absoluteGlob(place, pattern)
  const { value } = place.shell.environment.variable('PWD')
  if (value === undefined) return undefined
  return absoluteGlob(place, `${literal(value)}/${pattern}`)?.map((name) => name.slice(value.length + 1))
}

function absoluteGlob(place: Place, pattern: string): readonly string[] | undefined {
  let found: readonly string[] = ['']
  for (const part of pattern.split('/').slice(1)) {
    const next: string[] = []
    for (const name of found) {
      const more = matching(place, name, part)
      if (more === undefined) return undefined
      next.push(...more)
    }
    found = next
  }
  return [...found].sort()
}

function matching(place: Place, directory: string, part: string): readonly string[] | undefined {
  const plainName = part.replace(/\\([\s\S])/g, '$1')
  if (!/[*?[]/.test(part)) return there(place, `${directory}/${plainName}`)
  const at = look(place, directory === '' ? '/' : directory)
  if (at.kind === 'undecided') return undefined
  if (at.kind === 'absent' || at.entry.kind !== 'directory') return []
  const names = namesIn(place, at.at)
  return names
    ?.filter((name) => (name.startsWith('.') ? part.startsWith('.') : true) && matches(part, name))
    .map((name) => `${directory}/${Buffer.from(name, 'latin1').toString('utf8')}`)
}

function there(place: Place, name: string): readonly string[] | undefined {
  const at = look(place, name, false)
  return at.kind === 'undecided' ? undefined : at.kind === 'entry' ? [name] : []
}

// Longer files are not configuration that a script would edit.
const longestText = 1 << 18

/** What reading an entry yields: of /dev/null, nothing; undefined for other entries than files. */
export function contentIn(entry: NodeEntry): LocalContent | undefined {
  if (entry.path === 'dev/null') return contentOf('')
  return entry.kind === 'file' ? entry.content : undefined
}

/** Content of a file; undefined if it is unknown or missing. */
export function textOf(place: Place, name: string): string | undefined {
  const at = look(place, name)
  const content = at.kind === 'entry' ? contentIn(at.entry) : undefined
  if (content === undefined || content.size > longestText) return undefined
  return Buffer.from(gather(content.open())).toString('utf8')
}

/** Writes a file as a redirection does. */
export function write(
  place: Place,
  { name, text, appends }: { readonly name: string; readonly text: string | undefined; readonly appends: boolean },
  cause: Cause,
): void {
  const at = look(place, name)
  if (at.kind === 'undecided') {
    if (!isPassing(name)) note(place.shell.state.notes, cause, 'the files there are unknown')
    return
  }
  const before = at.kind === 'entry' && at.entry.kind === 'file' && appends ? textOf(place, name) : ''
  if (text === undefined || before === undefined || text.includes(unknownPart)) {
    if (!(appends && text === '')) unsettle(place, at.at, cause, 'its effect is unknown')
    return
  }
  const entry =
    at.kind === 'entry'
      ? at.entry
      : create(place, { at: at.at, kind: 'file', mode: 0o666 & ~place.shell.state.umask }, cause)
  if (entry.kind !== 'file' || (appends && text === '')) return
  put(place, { ...entry, content: contentOf(before + text) }, cause)
}
