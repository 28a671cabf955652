/** cp(1), mv(1), ln(1), rm(1) and rmdir(1). */
import { type NodeEntry, plain } from '../../../../tree/entry.ts'
import { movedTo } from '../../../../tree/order.ts'
import { type EntryPath, entryPathOf, join, parent, show } from '../../../../tree/path.ts'
import { allBelow, contentIn, create, look, namesIn, put, remove } from '../disk.ts'
import type { Program, ProgramCall } from '../system.ts'
import { isInDirectory } from './directories.ts'
import { split } from './options.ts'
import { givesUp, seesNothing } from './results.ts'

/** Sources and the destination of each. */
interface Pair {
  readonly from: string
  readonly to: string
}

/** `SOURCE… TARGET`; undefined if the entries there are unknown. */
function pairs(
  call: ProgramCall,
  operands: readonly (string | undefined)[],
  into: string | undefined,
): readonly Pair[] | undefined {
  const names = operands.flatMap((name) => name ?? [])
  if (names.length < operands.length) return undefined
  const target = into ?? names.pop()
  if (target === undefined) return []
  const there = look(call, target)
  if (there.kind === 'undecided') return undefined
  const isFolder = into !== undefined || (there.kind === 'entry' && there.entry.kind === 'directory')
  return names.map((from) => ({
    from,
    to: isFolder ? `${target}/${from.replace(/\/+$/, '').replace(/.*\//, '')}` : target,
  }))
}

export const cp: Program = (call) => {
  const { options, operands } = split(call.words, 'abdfHilLnpPrRsSTuvxt:S:', ['target-directory', 'suffix', 'sparse'])
  const all = pairs(call, operands, options.get('t') ?? options.get('target-directory'))
  if (all === undefined) return givesUp(call, 'the files there are unknown')
  const has = (...names: readonly string[]) => names.some((name) => options.has(name))
  const how = {
    keeps: has('a', 'p', 'archive', 'preserve'),
    recurses: has('a', 'r', 'R', 'archive', 'recursive'),
    follows: has('L', 'dereference') || !has('a', 'd', 'P', 'archive', 'no-dereference', 'r', 'R', 'recursive'),
    leaves: has('n', 'u', 'no-clobber', 'update'),
  }
  let status: number | undefined = 0
  for (const pair of all) {
    const done = copy(call, pair, how)
    if (done === undefined) seesNothing(call, pair.to)
    status = done === undefined || status === undefined ? undefined : Math.max(status, done)
  }
  return { status }
}

interface How {
  readonly keeps: boolean
  readonly recurses: boolean
  readonly follows: boolean
  /** Existing files stay. */
  readonly leaves: boolean
}

function copy(call: ProgramCall, { from, to }: Pair, how: How): number | undefined {
  const source = look(call, from, how.follows)
  const target = look(call, to)
  if (source.kind === 'undecided' || target.kind === 'undecided') return undefined
  if (source.kind === 'absent' || !isInDirectory(call, target.at)) return 1
  if (source.entry.kind === 'directory') {
    const below = how.recurses ? allBelow(call, source.at) : []
    if (below === undefined) return undefined
    if (!how.recurses) return 1
    for (const entry of [source.entry, ...below])
      copyEntry(call, entry, { to: moved(entry.path, source.at, target.at), how })
    return 0
  }
  copyEntry(call, source.entry, { to: target.at, how })
  return 0
}

function moved(at: EntryPath, from: EntryPath, to: EntryPath): EntryPath {
  return at === from ? to : join(to, at.slice(from.length + 1))
}

function copyEntry(
  call: ProgramCall,
  entry: NodeEntry,
  { to, how }: { readonly to: EntryPath; readonly how: How },
): void {
  const content = contentIn(entry)
  const there = look(call, `/${show(to)}`, false)
  if (there.kind === 'undecided') {
    givesUp(call, 'the files there are unknown')
    return
  }
  if (there.kind === 'entry' && (how.leaves || (entry.kind === 'directory' && there.entry.kind === 'directory'))) return
  if (entry.kind === 'symlink' || (how.keeps && entry.kind !== 'fifo')) put(call, movedTo(entry, to), call.cause)
  else if (there.kind === 'entry' && content !== undefined && there.entry.kind === 'file')
    put(call, { ...there.entry, content }, call.cause)
  else if (content !== undefined || entry.kind === 'directory') {
    const mode = entry.metadata.mode & 0o777 & ~call.shell.state.umask
    const fresh = create(call, { at: to, kind: content === undefined ? 'directory' : 'file', mode }, call.cause)
    if (fresh.kind === 'file' && content !== undefined) put(call, { ...fresh, content }, call.cause)
  }
}

export const mv: Program = (call) => {
  const { options, operands } = split(call.words, 'bfinTuvt:S:Z', ['target-directory', 'suffix'])
  const all = pairs(call, operands, options.get('t') ?? options.get('target-directory'))
  if (all === undefined) return givesUp(call, 'the files there are unknown')
  let status: number | undefined = 0
  for (const { from, to } of all) {
    const source = look(call, from, false)
    const target = look(call, to, false)
    if (source.kind === 'undecided' || target.kind === 'undecided') return seesNothing(call, to)
    if (source.kind === 'absent') status = 1
    else {
      const below = source.entry.kind === 'directory' ? allBelow(call, source.at) : []
      for (const entry of [source.entry, ...(below ?? [])]) {
        put(call, movedTo(entry, moved(entry.path, source.at, target.at)), call.cause)
        remove(call, entry.path, call.cause)
      }
    }
  }
  return { status }
}

export const ln: Program = (call) => {
  const { options, operands } = split(call.words, 'sfnbirvLPTt:S:', ['target-directory', 'suffix'])
  const names = operands.flatMap((name) => name ?? [])
  if (names.length < operands.length) return givesUp(call, 'the files there are unknown')
  const into = options.get('t') ?? options.get('target-directory')
  const place = into ?? (names.length > 1 ? names.pop() : '.')
  let status: number | undefined = 0
  for (const target of names) {
    const done = link(call, { target, place: place ?? '.', options })
    if (done === undefined) return seesNothing(call, place)
    status = Math.max(status, done)
  }
  return { status }
}

function link(
  call: ProgramCall,
  {
    target,
    place,
    options,
  }: { readonly target: string; readonly place: string; readonly options: ReadonlyMap<string, unknown> },
): number | undefined {
  const whole = look(call, place, !options.has('n') && !options.has('T'))
  if (whole.kind === 'undecided') return undefined
  const isFolder = whole.kind === 'entry' && whole.entry.kind === 'directory' && !options.has('T')
  const at = look(call, isFolder ? `${place}/${target.replace(/\/+$/, '').replace(/.*\//, '')}` : place, false)
  if (at.kind === 'undecided') return undefined
  if (at.kind === 'entry' && !options.has('f') && !options.has('force')) return 1
  if (!isInDirectory(call, at.at)) return 1
  if (options.has('s') || options.has('symbolic')) {
    const leads = options.has('r') || options.has('relative') ? relative(target, at.at) : target
    put(
      call,
      { kind: 'symlink', path: at.at, metadata: plain(0o777), target: Buffer.from(leads, 'utf8').toString('latin1') },
      call.cause,
    )
    return 0
  }
  const source = look(call, target, false)
  if (source.kind === 'undecided') return undefined
  if (source.kind === 'absent') return 1
  put(call, movedTo(source.entry, at.at), call.cause)
  return 0
}

function relative(target: string, link: EntryPath): string {
  const to = entryPathOf(Buffer.from(target, 'utf8').toString('latin1')).split('/')
  const from = parent(link)
    .split('/')
    .filter((part) => part !== '')
  let common = 0
  while (common < from.length && from[common] === to[common]) common++
  return [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/')
}

export const rm: Program = (call) => {
  const { options, operands } = split(call.words, 'rRfdvi')
  const recurses = options.has('r') || options.has('R') || options.has('recursive')
  let status: number | undefined = 0
  for (const name of operands) {
    const at = name === undefined ? undefined : look(call, name, false)
    if (at === undefined || at.kind === 'undecided') {
      if (name !== undefined) seesNothing(call, name)
      status = undefined
    } else if (at.kind === 'absent') {
      if (!options.has('f') && !options.has('force')) status = 1
    } else {
      const below = recurses && at.entry.kind === 'directory' ? allBelow(call, at.at) : []
      for (const entry of [...(below ?? [])].reverse()) remove(call, entry.path, call.cause)
      remove(call, at.at, call.cause)
    }
  }
  return { status }
}

export const rmdir: Program = (call) => {
  const { options, operands } = split(call.words, 'pv')
  let status: number | undefined = 0
  for (const name of operands) {
    const at = name === undefined ? undefined : look(call, name, false)
    if (at === undefined || at.kind === 'undecided') return seesNothing(call, name)
    const names = at.kind === 'entry' && at.entry.kind === 'directory' ? namesIn(call, at.at) : ['x']
    if (names === undefined || names.length > 0) status = options.has('ignore-fail-on-non-empty') ? status : 1
    else remove(call, at.at, call.cause)
  }
  return { status }
}
