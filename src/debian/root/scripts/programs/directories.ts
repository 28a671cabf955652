/** mkdir(1), install(1), touch(1) and the creation of parent directories. */
import { changedMode } from '../../../../tree/mode.ts'
import { parent, show } from '../../../../tree/path.ts'
import { change, contentIn, create, look, put } from '../disk.ts'
import type { Program, ProgramCall } from '../system.ts'
import { split } from './options.ts'
import { knownOwner } from './owners.ts'
import { givesUp, seesNothing } from './results.ts'

export const mkdir: Program = (call) => {
  const { options, operands } = split(call.words, 'pvm:Z', ['mode'])
  const mode = options.get('m') ?? options.get('mode')
  let status: number | undefined = 0
  for (const name of operands) {
    const made = name === undefined ? undefined : makeDirectory(call, name, options.has('p') || options.has('parents'))
    if (made === undefined) {
      seesNothing(call, name)
      status = undefined
    } else if (made === 'fails') status = 1
    else if (made !== 'there' && mode !== undefined) chmodNew(call, name ?? '', mode)
  }
  return { status }
}

function chmodNew(call: ProgramCall, name: string, description: string): void {
  const at = look(call, name)
  if (at.kind !== 'entry') return
  const mode = changedMode(description, { mode: 0o777, isDirectory: false, umask: 0 })
  if (mode === undefined) givesUp(call, 'not valid permissions')
  else change(call, at.entry, { mode }, call.cause)
}

/** Creates a directory, with its parents if `parents` is set; undefined if the entries there are unknown. */
export function makeDirectory(
  call: ProgramCall,
  name: string,
  parents: boolean,
): 'made' | 'there' | 'fails' | undefined {
  const at = look(call, name)
  if (at.kind === 'undecided') return undefined
  if (at.kind === 'entry') return parents && at.entry.kind === 'directory' ? 'there' : 'fails'
  const above = parent(at.at)
  if (above !== '') {
    const holder = look(call, `/${show(above)}`)
    if (holder.kind === 'undecided') return undefined
    if (holder.kind === 'absent') {
      if (!parents) return 'fails'
      makeDirectory(call, `/${show(above)}`, true)
    } else if (holder.entry.kind !== 'directory') return 'fails'
  }
  create(call, { at: at.at, kind: 'directory', mode: 0o777 & ~call.shell.state.umask }, call.cause)
  return 'made'
}

export const touch: Program = (call) => {
  const { options, operands } = split(call.words, 'acmhd:r:t:', ['date', 'reference', 'time'])
  let status: number | undefined = 0
  for (const name of operands) {
    const at = name === undefined ? undefined : look(call, name)
    if (at === undefined || at.kind === 'undecided') {
      seesNothing(call, name)
      status = undefined
    } else if (at.kind === 'absent' && !options.has('c') && !options.has('no-create')) {
      if (isInDirectory(call, at.at))
        create(call, { at: at.at, kind: 'file', mode: 0o666 & ~call.shell.state.umask }, call.cause)
      else status = 1
    }
  }
  return { status }
}

/** Tells whether the parent directory of a path exists. */
export function isInDirectory(call: ProgramCall, at: ReturnType<typeof parent>): boolean {
  const above = parent(at)
  if (above === '') return true
  const holder = look(call, `/${show(above)}`)
  return holder.kind === 'entry' && holder.entry.kind === 'directory'
}

export const install: Program = (call) => {
  const { options, operands } = split(call.words, 'bcCdDpsTvm:o:g:t:S:', [
    'mode',
    'owner',
    'group',
    'target-directory',
    'suffix',
  ])
  const given = (short: string, long: string): string | undefined => options.get(short) ?? options.get(long)
  const unknown = [...options].some(([name, value]) => 'mog'.includes(name) && value === undefined)
  if (unknown || operands.includes(undefined)) return givesUp(call, 'its effect is unknown')
  const owner = knownOwner(call, { user: given('o', 'owner'), group: given('g', 'group') })
  if (owner === undefined) return { status: undefined }
  const metadata = { mode: given('m', 'mode') ?? '755', owner }
  const names = operands.flatMap((name) => name ?? [])
  if (options.has('d') || options.has('directory')) {
    for (const name of names) if (makeDirectory(call, name, true) !== undefined) dress(call, name, metadata)
    return { status: 0 }
  }
  const into = given('t', 'target-directory')
  const target = into ?? names.pop()
  if (target === undefined) return { status: 1 }
  return { status: installFiles(call, { names, target, metadata, makes: options.has('D') }) }
}

interface Dress {
  readonly mode: string
  readonly owner: { readonly user: string | undefined; readonly group: string | undefined }
}

function dress(call: ProgramCall, name: string, { mode, owner }: Dress): void {
  const at = look(call, name)
  if (at.kind !== 'entry') return
  const bits = changedMode(mode, { mode: 0, isDirectory: at.entry.kind === 'directory', umask: 0 }) ?? 0o755
  const { uname, gname } = at.entry.metadata
  change(call, at.entry, { mode: bits, uname: owner.user ?? uname, gname: owner.group ?? gname }, call.cause)
}

function installFiles(
  call: ProgramCall,
  {
    names,
    target,
    metadata,
    makes,
  }: { readonly names: readonly string[]; readonly target: string; readonly metadata: Dress; readonly makes: boolean },
): number | undefined {
  const there = look(call, target)
  const isFolder = target.endsWith('/') || (there.kind === 'entry' && there.entry.kind === 'directory')
  let status: number | undefined = 0
  for (const name of names) {
    const from = look(call, name)
    const to = look(call, isFolder ? `${target}/${name.replace(/.*\//, '')}` : target, false)
    const content = from.kind === 'entry' ? contentIn(from.entry) : undefined
    if (from.kind === 'undecided' || to.kind === 'undecided') {
      givesUp(call, 'the files there are unknown')
      status = undefined
    } else if (content === undefined) status = 1
    else {
      if (makes) makeDirectory(call, `/${show(parent(to.at))}`, true)
      const fresh = create(call, { at: to.at, kind: 'file', mode: 0o600 }, call.cause)
      if (fresh.kind === 'file') put(call, { ...fresh, content }, call.cause)
      dress(call, `/${show(to.at)}`, metadata)
    }
  }
  return status
}
