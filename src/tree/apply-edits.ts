/**
 * Applies recorded commands to a tree, in order.
 *
 * Paths are resolved through links inside the tree (`/bin/x` with `/bin → usr/bin` is `/usr/bin/x`) and never leave it. A failure names the
 * command by its number and path. Over a lower tree the result contains only the changes, with whiteouts for removed entries.
 */
import { contentOf, gather, type LocalContent } from '../base/bytes.ts'
import { fail, located } from '../base/error.ts'
import { type AccountTexts, accountEdits } from './account-edits.ts'
import type { Edit, EditContent, EditOwner, GroupEdit, UserEdit } from './edit.ts'
import { type NodeEntry, plain } from './entry.ts'
import { type FileObject, Files, type Name, pathOf } from './files.ts'
import { type Mode, modeFor } from './mode.ts'
import { idsOf, parseAccounts } from './owner-names.ts'
import { baseName, type EntryPath, join, parent, path as parsePath, root, show } from './path.ts'
import { standIn } from './transform.ts'
import { emptyTree, type Tree, treeOf } from './tree.ts'

/** Context in which edits are applied. */
export interface EditOptions {
  /** What the image's lower layers contain, as a container sees it: used for look-ups, not part of the result. */
  readonly lower?: Tree
  /** Argument that supplied the edits, for error messages. */
  readonly place?: string
}

/** Applies all edits to a tree. @throws BuildError edit.missing, edit.conflict, path.invalid */
export function applyEdits(tree: Tree, edits: readonly Edit[], options: EditOptions = {}): Tree {
  const files = new Files(options.lower ?? emptyTree)
  files.add(tree)
  const place = options.place ?? 'edits'
  edits.forEach((edit, index) => {
    const subject = 'path' in edit ? edit.path : edit.name
    const label = `${place}: command ${index + 1}, root.${edit.command} ${JSON.stringify(subject)}`
    located(label, () => apply(files, edit))
  })
  return treeOf(files.changes())
}

type Of<C extends Edit['command']> = Extract<Edit, { readonly command: C }>

function apply(files: Files, edit: Edit): void {
  if (edit.command === 'user' || edit.command === 'group')
    for (const each of accountEdits(edit, accountTexts(files))) applyTo(files, each)
  else if ('user' in edit || 'group' in edit) applyTo(files, withIds(files, edit))
  else applyTo(files, edit)
}

function applyTo(files: Files, edit: Edit): void {
  if (edit.command === 'user' || edit.command === 'group') return
  if (edit.command === 'mkdir') makeDirectory(files, edit)
  else if (edit.command === 'write') write(files, edit)
  else if (edit.command === 'append') append(files, edit)
  else if (edit.command === 'link' || edit.command === 'symlink') link(files, edit)
  else if (edit.command === 'copy') copy(files, edit)
  else if (edit.command === 'remove') remove(files, edit)
  else changeMetadata(files, edit)
}

/** The owner in numbers, as the account files are by now. */
function withIds(files: Files, edit: Exclude<Edit, UserEdit | GroupEdit> & EditOwner): Edit {
  const { passwd = '', group = '' } = accountTexts(files)
  const remedy = 'Add the account with root.user or root.group before, or give numbers: { uid, gid }.'
  return { ...edit, ...idsOf(edit, parseAccounts(passwd, group), remedy) }
}

function accountTexts(files: Files): AccountTexts {
  const text = (name: string): string | undefined => {
    const at = files.locate(parsePath(`etc/${name}`), true)
    if (at.kind !== 'found' || at.object.entry.kind !== 'file') return undefined
    return Buffer.from(gather(at.object.entry.content.open())).toString('latin1')
  }
  return { passwd: text('passwd'), group: text('group'), shadow: text('shadow'), gshadow: text('gshadow') }
}

function makeDirectory(files: Files, edit: Of<'mkdir'>): void {
  let at = files.locate(parsePath(edit.path), true)
  for (; at.kind === 'missing'; at = files.locate(parsePath(edit.path), true)) {
    const entry = standIn(root)
    files.put(files.nameIn(at.directory, at.part), { entry: at.last ? changed(entry, edit) : entry })
    if (at.last) return
  }
  if (at.kind === 'blocked') conflict(pathOf(at.name), 'is not a directory')
  if (edit.ifMissing === true) return
  if (at.object.entry.kind !== 'directory') conflict(pathOf(at.name), 'exists and is not a directory')
  change(files, at.name, edit)
}

function write(files: Files, edit: Of<'write'>): void {
  const { name, object } = nameFor(files, edit.path)
  if (object !== undefined && edit.ifMissing === true) return
  const before = object?.entry
  if (before?.kind === 'directory') conflict(pathOf(name), 'is a directory')
  const content = contentOfEdit(edit.content)
  if (before?.kind === 'file') {
    const { mode, uid, gid, uname, gname } = before.metadata
    const file = { ...before, metadata: plain(mode, { uid, gid, uname, gname }), content }
    files.changeable(name).entry = changed(file, edit)
  } else files.put(name, { entry: changed(newFile(content), edit) })
}

function append(files: Files, edit: Of<'append'>): void {
  const { name, object } = nameFor(files, edit.path)
  const content = contentOfEdit(edit.content)
  if (object === undefined) {
    if (edit.ifMissing !== 'skip') files.put(name, { entry: changed(newFile(content), edit) })
    return
  }
  const at = object.entry.kind === 'symlink' ? existing(files, edit.path, true) : { name, object }
  const before = at.object.entry
  if (before.kind !== 'file') conflict(pathOf(at.name), 'is not a file')
  const file = changed({ ...before, content: joined(before.content, content) }, edit)
  if (at.name === name) files.changeable(name).entry = file
  else files.put(name, { entry: file })
}

function link(files: Files, edit: Of<'link' | 'symlink'>): void {
  const { name, object } = nameFor(files, edit.path)
  if (object !== undefined && edit.ifMissing === true) return
  if (object?.entry.kind === 'directory') conflict(pathOf(name), 'is a directory')
  if (edit.command === 'symlink') {
    const target = Buffer.from(edit.target, 'utf8').toString('latin1')
    const entry: NodeEntry = { kind: 'symlink', path: root, metadata: plain(0o777), target }
    files.put(name, { entry: changed(entry, edit) })
    return
  }
  const target = existing(files, edit.target, false)
  if (target.object.entry.kind === 'directory') conflict(pathOf(target.name), 'is a directory')
  // An object of a lower tree cannot be shared across layers: the new name gets a copy.
  files.put(name, target.name.own ? target.object : { entry: target.object.entry })
}

function copy(files: Files, edit: Of<'copy'>): void {
  const from = existing(files, edit.from, false)
  const to = nameFor(files, edit.path)
  if (to.object !== undefined && edit.ifMissing === true) return
  for (let above: Name | undefined = to.name; above !== undefined; above = above.directory)
    if (above === from.name) conflict(pathOf(from.name), 'would be copied into itself')
  copyTo(files, from.name, to.name)
}

function copyTo(files: Files, from: Name, to: Name): void {
  if (from.object === undefined) return
  const { entry } = from.object
  const isOverDirectory = to.object?.entry.kind === 'directory'
  if (to.object !== undefined && isOverDirectory !== (entry.kind === 'directory'))
    conflict(pathOf(to), isOverDirectory ? 'is a directory' : 'is not a directory')
  files.put(to, { entry })
  for (const child of [...from.children.values()]) copyTo(files, child, files.nameIn(to, child.name))
}

function changeMetadata(files: Files, edit: Of<'chmod' | 'chown'>): void {
  const at = edit.ifMissing === 'skip' ? find(files, edit.path) : existing(files, edit.path, false)
  if (at === undefined) return
  if (edit.command === 'chmod' && at.object.entry.kind === 'symlink')
    conflict(pathOf(at.name), 'is a symbolic link, which has no permissions of its own')
  change(files, at.name, edit)
  if (edit.recursive === true) for (const child of at.name.children.values()) changeAll(files, child, edit)
}

function changeAll(files: Files, name: Name, edit: Of<'chmod' | 'chown'>): void {
  if (name.object === undefined) return
  if (edit.command === 'chown' || name.object.entry.kind !== 'symlink') change(files, name, edit)
  for (const child of name.children.values()) changeAll(files, child, edit)
}

function remove(files: Files, edit: Of<'remove'>): void {
  const at = edit.ifMissing === 'skip' ? find(files, edit.path) : existing(files, edit.path, false)
  if (at === undefined) return
  if (at.name.directory === undefined) conflict(root, 'cannot be removed')
  files.remove(at.name)
}

interface Found {
  readonly name: Name
  readonly object: FileObject
}

function find(files: Files, path: string): Found | undefined {
  const at = files.locate(parsePath(path), false)
  return at.kind === 'found' ? at : undefined
}

function existing(files: Files, path: string, followLast: boolean): Found {
  const at = files.locate(parsePath(path), followLast)
  if (at.kind === 'blocked')
    return conflict(pathOf(at.name), 'is not a directory, or is a link that leads back to itself')
  return at.kind === 'found' ? at : missing(join(pathOf(at.directory), at.part))
}

/** Finds the place of a new entry: its directory must exist; a link at the name itself is not followed. */
function nameFor(files: Files, text: string): { readonly name: Name; readonly object: FileObject | undefined } {
  const path = parsePath(text)
  if (path === root) return conflict(root, 'is a directory')
  const directory = existing(files, show(parent(path)), true)
  if (directory.object.entry.kind !== 'directory') conflict(pathOf(directory.name), 'is not a directory')
  const name = files.nameIn(directory.name, baseName(path))
  return { name, object: name.object }
}

function change(files: Files, name: Name, edit: Ownership): void {
  if (edit.mode === undefined && edit.uid === undefined && edit.gid === undefined) return
  const object = files.changeable(name)
  object.entry = changed(object.entry, edit)
}

interface Ownership {
  readonly mode?: Mode
  readonly uid?: number
  readonly gid?: number
}

function changed(entry: NodeEntry, { mode, uid, gid }: Ownership): NodeEntry {
  const metadata = {
    ...entry.metadata,
    ...(mode === undefined
      ? {}
      : { mode: modeFor(mode, { mode: entry.metadata.mode, isDirectory: entry.kind === 'directory' }) }),
    ...(uid === undefined ? {} : { uid, uname: nameOf(uid) }),
    ...(gid === undefined ? {} : { gid, gname: nameOf(gid) }),
  }
  return { ...entry, metadata }
}

function nameOf(id: number): string {
  return id === 0 ? 'root' : ''
}

function newFile(content: LocalContent): NodeEntry {
  return { kind: 'file', path: root, metadata: plain(0o644), content }
}

function contentOfEdit(content: EditContent): LocalContent {
  return contentOf('text' in content ? content.text : Buffer.from(content.base64, 'base64'))
}

function joined(first: LocalContent, second: LocalContent): LocalContent {
  return {
    size: first.size + second.size,
    *open() {
      yield* first.open()
      yield* second.open()
    },
  }
}

function missing(path: EntryPath): never {
  return fail('edit.missing', `${quoted(path)} does not exist.`, {
    remedy: 'Create it first (root.mkdir also creates the directories above).',
    detail: { path: show(path) },
  })
}

function conflict(path: EntryPath, what: string): never {
  return fail('edit.conflict', `${quoted(path)} ${what}.`, {
    remedy: 'Choose another path, or remove the existing entry first.',
    detail: { path: show(path) },
  })
}

function quoted(path: EntryPath): string {
  return JSON.stringify(`/${show(path)}`)
}
