/** chown(1), chgrp(1) and chmod(1). */
import type { NodeEntry } from '../../../../tree/entry.ts'
import { changedMode } from '../../../../tree/mode.ts'
import { note } from '../../shell/state.ts'
import { groupOfUser, hasGroup, hasUser } from '../accounts.ts'
import { allBelow, change, look } from '../disk.ts'
import type { Program, ProgramCall } from '../system.ts'
import { type Split, split } from './options.ts'
import { givesUp, seesNothing } from './results.ts'

/** Names of a new owner; undefined: unchanged. */
export interface NewOwner {
  readonly user: string | undefined
  readonly group: string | undefined
}

export const chown: Program = (call) => {
  const parsed = split(call.words, 'RhfcvHLP', ['reference', 'from'])
  const [text, ...files] = parsed.operands
  const owner = parsed.options.has('reference') || parsed.options.has('from') ? undefined : ownerIn(call, text)
  return owner === undefined ? givesUp(call, 'the owner is unknown') : give(call, { parsed, files, owner })
}

export const chgrp: Program = (call) => {
  const parsed = split(call.words, 'RhfcvHLP', ['reference'])
  const [group, ...files] = parsed.operands
  if (group === undefined) return givesUp(call, 'the group is unknown')
  return give(call, { parsed, files, owner: { user: undefined, group } })
}

/** `user`, `user:group`, `user:`, `:group`, and the obsolete form with a dot. */
function ownerIn(call: ProgramCall, text: string | undefined): NewOwner | undefined {
  if (text === undefined) return undefined
  const separator = text.includes(':') ? ':' : hasUser(call, text) === false && text.includes('.') ? '.' : undefined
  if (separator === undefined) return { user: text, group: undefined }
  const at = text.lastIndexOf(separator)
  const user = text.slice(0, at)
  const group = text.slice(at + 1)
  return { user: user === '' ? undefined : user, group: group === '' ? groupOfUser(call, user) : group }
}

function give(
  call: ProgramCall,
  { parsed, files, owner }: { readonly parsed: Split; readonly files: Split['operands']; readonly owner: NewOwner },
): ReturnType<Program> {
  const known = knownOwner(call, owner)
  if (known === undefined) return { status: undefined }
  return onEach(call, { files, recurses: parsed.options.has('R'), follows: !parsed.options.has('h') }, (entry) =>
    setOwner(call, entry, known),
  )
}

/** Names of an existing owner; otherwise a note, and undefined. */
export function knownOwner(call: ProgramCall, owner: NewOwner): NewOwner | undefined {
  const user = named(call, 'users', owner.user)
  const group = named(call, 'groups', owner.group)
  const [hasOwner, hasOwnGroup] = [
    user === undefined || hasUser(call, user),
    group === undefined || hasGroup(call, group),
  ]
  if (hasOwner === true && hasOwnGroup === true) return { user, group }
  const missing = hasOwner === true ? group : user
  const reason = hasOwner === false || hasOwnGroup === false ? 'no package of the image creates' : 'unknown account'
  note(call.shell.state.notes, call.cause, `${reason} "${missing}"`)
  return undefined
}

function named({ system }: ProgramCall, kind: 'users' | 'groups', name: string | undefined): string | undefined {
  if (name === undefined || !/^\d+$/.test(name)) return name
  const found =
    kind === 'users'
      ? system.accounts.users.find(({ uid }) => uid === Number(name))
      : system.accounts.groups.find(({ gid }) => gid === Number(name))
  return found?.name ?? name
}

// Changing the owner clears set-id bits and capabilities of files (chown(2)).
function setOwner(call: ProgramCall, entry: NodeEntry, { user, group }: NewOwner): void {
  const { mode, xattrs, uname, gname } = entry.metadata
  const kept = entry.kind === 'file' ? mode & ~0o4000 & ((mode & 0o010) === 0 ? ~0 : ~0o2000) : mode
  const attributes = xattrs.has('security.capability')
    ? { xattrs: new Map([...xattrs].filter(([name]) => name !== 'security.capability')) }
    : {}
  change(call, entry, { mode: kept, uname: user ?? uname, gname: group ?? gname, ...attributes }, call.cause)
}

export const chmod: Program = (call) => {
  const words = call.words.map((word) => (word !== undefined && /^-[rwxXst]+(,|$)/.test(word) ? `a${word}` : word))
  const parsed = split(words, 'Rfcv', ['reference'])
  const [description, ...files] = parsed.operands
  if (description === undefined || parsed.options.has('reference')) return givesUp(call, 'the permissions are unknown')
  return onEach(call, { files, recurses: parsed.options.has('R'), follows: true }, (entry) => {
    if (entry.kind === 'symlink') return
    const { umask } = call.shell.state
    const mode = changedMode(description, { mode: entry.metadata.mode, isDirectory: entry.kind === 'directory', umask })
    if (mode === undefined) note(call.shell.state.notes, call.cause, 'not valid permissions')
    else change(call, entry, { mode }, call.cause)
  })
}

interface Which {
  readonly files: Split['operands']
  readonly recurses: boolean
  readonly follows: boolean
}

function onEach(
  call: ProgramCall,
  { files, recurses, follows }: Which,
  work: (entry: NodeEntry) => void,
): ReturnType<Program> {
  let status: number | undefined = 0
  for (const name of files) {
    const at = name === undefined ? undefined : look(call, name, follows)
    if (at === undefined || at.kind === 'undecided') {
      seesNothing(call, name)
      status = undefined
    } else if (at.kind === 'absent') status = status === undefined ? undefined : 1
    else {
      const below = recurses && at.entry.kind === 'directory' ? allBelow(call, at.at) : []
      if (below === undefined) givesUp(call, 'the files there are unknown')
      for (const entry of [at.entry, ...(below ?? [])]) work(entry)
    }
  }
  return { status }
}
