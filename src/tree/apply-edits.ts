/**
 * Applies recorded commands to a tree, in order.
 *
 * Paths are followed through links inside the tree (`/bin/x` with `/bin → usr/bin` is `/usr/bin/x`) and never leave it. A failure names the
 * command by its number and path. Over a lower tree the result holds only what changed, with whiteouts for what was removed.
 */
import { contentOf, type LocalContent } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import type { Edit, EditContent } from './edit.ts'
import { type NodeEntry, plain } from './entry.ts'
import { type FileObject, Files, type Name, pathOf } from './files.ts'
import { baseName, type EntryPath, join, parent, path as parsePath, root, show } from './path.ts'
import { standIn } from './transform.ts'
import { emptyTree, type Tree, treeOf } from './tree.ts'

/** What edits stand on. */
export interface EditOptions {
  /** What the image has below, as a container sees it: known for look-ups, not part of the result. */
  readonly lower?: Tree
  /** The argument the edits were given as, for errors. */
  readonly place?: string
}

/** The tree after all edits. @throws BuildError edit.missing, edit.conflict, path.invalid */
export function applyEdits(tree: Tree, edits: readonly Edit[], options: EditOptions = {}): Tree {
  const files = new Files(options.lower ?? emptyTree)
  files.add(tree)
  const place = options.place ?? 'edits'
  edits.forEach((edit, index) => {
    apply({ files, label: `${place}: command ${index + 1}, root.${edit.command} ${JSON.stringify(edit.path)}` }, edit)
  })
  return treeOf(files.changes())
}

interface Work {
  readonly files: Files
  /** Which command it is, for errors. */
  readonly label: string
}

type Of<C extends Edit['command']> = Extract<Edit, { readonly command: C }>

function apply(work: Work, edit: Edit): void {
  if (edit.command === 'mkdir') makeDirectory(work, edit)
  else if (edit.command === 'write') write(work, edit)
  else if (edit.command === 'append') append(work, edit)
  else if (edit.command === 'link' || edit.command === 'symlink') link(work, edit)
  else if (edit.command === 'copy') copy(work, edit)
  else if (edit.command === 'remove') remove(work, edit)
  else changeMetadata(work, edit)
}

function makeDirectory(work: Work, edit: Of<'mkdir'>): void {
  let at = work.files.locate(parsePath(edit.path), true)
  for (; at.kind === 'missing'; at = work.files.locate(parsePath(edit.path), true)) {
    const entry = standIn(root)
    work.files.put(work.files.nameIn(at.directory, at.part), { entry: at.last ? changed(entry, edit) : entry })
    if (at.last) return
  }
  if (at.kind === 'blocked') conflict(work, pathOf(at.name), 'is no directory')
  if (edit.ifMissing === true) return
  if (at.object.entry.kind !== 'directory') conflict(work, pathOf(at.name), 'is there and is no directory')
  change(work, at.name, edit)
}

function write(work: Work, edit: Of<'write'>): void {
  const { name, object } = nameFor(work, edit.path)
  if (object !== undefined && edit.ifMissing === true) return
  const before = object?.entry
  if (before?.kind === 'directory') conflict(work, pathOf(name), 'is a directory')
  const content = contentOfEdit(edit.content)
  if (before?.kind === 'file') {
    const { mode, uid, gid, uname, gname } = before.metadata
    const file = { ...before, metadata: plain(mode, { uid, gid, uname, gname }), content }
    work.files.changeable(name).entry = changed(file, edit)
  } else work.files.put(name, { entry: changed(newFile(content), edit) })
}

function append(work: Work, edit: Of<'append'>): void {
  const { name, object } = nameFor(work, edit.path)
  const content = contentOfEdit(edit.content)
  if (object === undefined) {
    if (edit.ifMissing !== 'skip') work.files.put(name, { entry: changed(newFile(content), edit) })
    return
  }
  const at = object.entry.kind === 'symlink' ? existing(work, edit.path, true) : { name, object }
  const before = at.object.entry
  if (before.kind !== 'file') conflict(work, pathOf(at.name), 'is no file')
  const file = changed({ ...before, content: joined(before.content, content) }, edit)
  if (at.name === name) work.files.changeable(name).entry = file
  else work.files.put(name, { entry: file })
}

function link(work: Work, edit: Of<'link' | 'symlink'>): void {
  const { name, object } = nameFor(work, edit.path)
  if (object !== undefined && edit.ifMissing === true) return
  if (object?.entry.kind === 'directory') conflict(work, pathOf(name), 'is a directory')
  if (edit.command === 'symlink') {
    const target = Buffer.from(edit.target, 'utf8').toString('latin1')
    const entry: NodeEntry = { kind: 'symlink', path: root, metadata: plain(0o777), target }
    work.files.put(name, { entry: changed(entry, edit) })
    return
  }
  const target = existing(work, edit.target, false)
  if (target.object.entry.kind === 'directory') conflict(work, pathOf(target.name), 'is a directory')
  // A lower tree's object cannot be shared across layers: the new name gets a copy.
  work.files.put(name, target.name.own ? target.object : { entry: target.object.entry })
}

function copy(work: Work, edit: Of<'copy'>): void {
  const from = existing(work, edit.from, false)
  const to = nameFor(work, edit.path)
  if (to.object !== undefined && edit.ifMissing === true) return
  for (let above: Name | undefined = to.name; above !== undefined; above = above.directory)
    if (above === from.name) conflict(work, pathOf(from.name), 'would be copied into itself')
  copyTo(work, from.name, to.name)
}

function copyTo(work: Work, from: Name, to: Name): void {
  if (from.object === undefined) return
  const { entry } = from.object
  const isOverDirectory = to.object?.entry.kind === 'directory'
  if (to.object !== undefined && isOverDirectory !== (entry.kind === 'directory'))
    conflict(work, pathOf(to), isOverDirectory ? 'is a directory' : 'is no directory')
  work.files.put(to, { entry })
  for (const child of [...from.children.values()]) copyTo(work, child, work.files.nameIn(to, child.name))
}

function changeMetadata(work: Work, edit: Of<'chmod' | 'chown'>): void {
  const at = edit.ifMissing === 'skip' ? find(work, edit.path) : existing(work, edit.path, false)
  if (at === undefined) return
  if (edit.command === 'chmod' && at.object.entry.kind === 'symlink')
    conflict(work, pathOf(at.name), 'is a symbolic link, which has no permissions of its own')
  change(work, at.name, edit)
  if (edit.recursive === true) for (const child of at.name.children.values()) changeAll(work, child, edit)
}

function changeAll(work: Work, name: Name, edit: Of<'chmod' | 'chown'>): void {
  if (name.object === undefined) return
  if (edit.command === 'chown' || name.object.entry.kind !== 'symlink') change(work, name, edit)
  for (const child of name.children.values()) changeAll(work, child, edit)
}

function remove(work: Work, edit: Of<'remove'>): void {
  const at = edit.ifMissing === 'skip' ? find(work, edit.path) : existing(work, edit.path, false)
  if (at === undefined) return
  if (at.name.directory === undefined) conflict(work, root, 'cannot be removed')
  work.files.remove(at.name)
}

interface Found {
  readonly name: Name
  readonly object: FileObject
}

function find(work: Work, path: string): Found | undefined {
  const at = work.files.locate(parsePath(path), false)
  return at.kind === 'found' ? at : undefined
}

function existing(work: Work, path: string, followLast: boolean): Found {
  const at = work.files.locate(parsePath(path), followLast)
  if (at.kind === 'blocked')
    return conflict(work, pathOf(at.name), 'is no directory, or a link that leads back to itself')
  return at.kind === 'found' ? at : missing(work, join(pathOf(at.directory), at.part))
}

/** Where something is to be made: the directory must be there; the name itself is not followed. */
function nameFor(work: Work, text: string): { readonly name: Name; readonly object: FileObject | undefined } {
  const path = parsePath(text)
  if (path === root) return conflict(work, root, 'is a directory')
  const directory = existing(work, show(parent(path)), true)
  if (directory.object.entry.kind !== 'directory') conflict(work, pathOf(directory.name), 'is no directory')
  const name = work.files.nameIn(directory.name, baseName(path))
  return { name, object: name.object }
}

function change(work: Work, name: Name, edit: Ownership): void {
  if (edit.mode === undefined && edit.uid === undefined && edit.gid === undefined) return
  const object = work.files.changeable(name)
  object.entry = changed(object.entry, edit)
}

interface Ownership {
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
}

function changed(entry: NodeEntry, { mode, uid, gid }: Ownership): NodeEntry {
  const metadata = {
    ...entry.metadata,
    ...(mode === undefined ? {} : { mode }),
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

function missing(work: Work, path: EntryPath): never {
  return fail('edit.missing', `${work.label}: there is nothing at ${quoted(path)}.`, {
    remedy: 'Make it first (root.mkdir makes the directories above too).',
    detail: { path: show(path) },
  })
}

function conflict(work: Work, path: EntryPath, what: string): never {
  return fail('edit.conflict', `${work.label}: ${quoted(path)} ${what}.`, {
    remedy: 'Choose another path, or remove what is there first.',
    detail: { path: show(path) },
  })
}

function quoted(path: EntryPath): string {
  return JSON.stringify(`/${show(path)}`)
}
