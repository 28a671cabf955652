/**
 * Writes a tree to a directory on this machine's disk, safely.
 *
 * Never writes through a symbolic link, whether from the tree or already on disk: names are created, never opened or replaced, and every
 * directory on the way was created here or checked. Modes and times are exact whatever the umask. If something fails, what was written so
 * far remains: restore into a directory that you can remove.
 */
import { closeSync, lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { fail } from '../base/error.ts'
import {
  append,
  complete,
  completeDirectory,
  createFile,
  type Manner,
  makeDirectory,
  makeHardlink,
  makeSymlink,
  shareFile,
} from './disk-write.ts'
import { type Entry, type FileEntry, type HardlinkEntry, type Metadata, plain } from './entry.ts'
import { ancestors, type EntryPath, isWithin, parent, root, show } from './path.ts'
import { placeOf } from './place.ts'
import type { Tree } from './tree.ts'

/** A tree as a stream of steps: the content of a file follows its entry, in chunks of `size` bytes in total. */
export type Step =
  | Exclude<Entry, FileEntry>
  | (Omit<FileEntry, 'content'> & { readonly size: number })
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }

/** How to write a tree. */
export interface RestoreOptions extends Manner {
  /** Devices and named pipes, which Node cannot create: an error (default) or skipped. */
  readonly devices?: 'refuse' | 'skip'
}

/**
 * Writes a tree to `top`, creating it; adds the tree to an existing directory.
 *
 * @throws BuildError disk.occupied, disk.unwritable, disk.unsupported-entry
 */
export function restoreTree(tree: Tree, top: string, options: RestoreOptions = {}): void {
  using restorer = new Restorer(top, options)
  for (const step of stepsOf(tree)) restorer.take(step)
  restorer.finish()
}

/** Converts a tree to steps, each file followed by its content. */
function* stepsOf(tree: Tree): Generator<Step> {
  for (const entry of tree.entries()) {
    if (entry.kind !== 'file') {
      yield entry
      continue
    }
    const { kind, path, metadata, content } = entry
    yield { kind, path, metadata, size: content.size }
    for (const bytes of content.open()) yield { kind: 'bytes', bytes }
  }
}

interface OpenDirectory {
  readonly path: EntryPath
  /** Absent if the directory existed before and the tree has no entry for it. */
  readonly metadata: Metadata | undefined
}

interface OpenFile {
  readonly path: EntryPath
  readonly descriptor: number
  readonly metadata: Metadata
  left: number
}

/** Writes a tree step by step, for callers that read it from a stream. Call `finish` at the end; disposing closes open files. */
export class Restorer implements Disposable {
  readonly #top: string
  readonly #options: RestoreOptions
  /** Directories that contain the last entry: they get their mode and time when everything in them is written. */
  readonly #directories: OpenDirectory[] = []
  #file: OpenFile | undefined
  #begun = false

  constructor(top: string, options: RestoreOptions = {}) {
    this.#top = resolve(top)
    this.#options = options
  }

  /** @throws BuildError disk.occupied, disk.unwritable, disk.unsupported-entry */
  take(step: Step): void {
    if (step.kind === 'bytes') {
      this.#write(step.bytes)
      return
    }
    this.#finishFile()
    this.#goTo(step.path)
    const place = this.#placeOf(step.path)
    if (step.kind === 'directory') {
      makeDirectory(place)
      this.#directories.push({ path: step.path, metadata: step.metadata })
    } else if (step.kind === 'file') {
      const { path, metadata, size } = step
      this.#file = { path, metadata, descriptor: createFile(place), left: size }
    } else if (step.kind === 'symlink') {
      makeSymlink(place, step.target, { metadata: step.metadata, manner: this.#options })
    } else if (step.kind === 'hardlink') this.#makeHardlink(step)
    else if (this.#options.devices !== 'skip' || (step.kind !== 'device' && step.kind !== 'fifo')) refuse(step)
  }

  /** Makes a file a hard link to an equal one outside of the tree. @returns false if the system refuses, as for another owner's file */
  share(path: EntryPath, existing: string | Buffer): boolean {
    this.#finishFile()
    this.#goTo(path)
    return shareFile(this.#placeOf(path), existing)
  }

  /** Completes the open entries: then the whole tree is on disk. A tree without entries is an empty directory. */
  finish(): void {
    this.#finishFile()
    if (!this.#begun) this.#enter(root)
    while (this.#directories.length > 0) this.#leaveDirectory()
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor)
    this.#file = undefined
  }

  /** Leaves directories that do not contain `path`; enters its parents that the tree omits. */
  #goTo(path: EntryPath): void {
    this.#begun = true
    let deepest = this.#directories.at(-1)
    for (; deepest !== undefined && !isWithin(path, deepest.path); deepest = this.#directories.at(-1))
      this.#leaveDirectory()
    if (path === root || deepest?.path === parent(path)) return
    for (const above of [root, ...ancestors(path)])
      if (deepest === undefined || !isWithin(deepest.path, above)) this.#enter(above)
  }

  #enter(path: EntryPath): void {
    const isNew = makeDirectory(this.#placeOf(path))
    this.#directories.push({ path, metadata: isNew ? plain(0o755) : undefined })
  }

  #leaveDirectory(): void {
    const directory = this.#directories.pop()
    if (directory !== undefined) completeDirectory(this.#placeOf(directory.path), directory.metadata, this.#options)
  }

  #write(bytes: Uint8Array): void {
    const file = this.#file
    if (file === undefined || bytes.length > file.left) throw new Error('unreachable: more bytes than the file has')
    append(this.#placeOf(file.path), file.descriptor, bytes)
    file.left -= bytes.length
  }

  #finishFile(): void {
    const file = this.#file
    if (file === undefined) return
    if (file.left > 0) throw new Error(`unreachable: ${file.left} bytes of ${show(file.path)} are missing`)
    complete({ place: this.#placeOf(file.path), descriptor: file.descriptor }, file.metadata, this.#options)
    this[Symbol.dispose]()
  }

  #makeHardlink({ path, target }: HardlinkEntry): void {
    for (const above of ancestors(target)) {
      // A link from the tree itself may be on the way to the target.
      if (lstatSync(this.#placeOf(above), { throwIfNoEntry: false })?.isDirectory() !== true) refuseTarget(path, target)
    }
    makeHardlink(this.#placeOf(path), this.#placeOf(target))
  }

  #placeOf(path: EntryPath): string | Buffer {
    return placeOf(this.#top, path)
  }
}

function refuse(entry: Exclude<Step, { readonly kind: 'bytes' }>): never {
  return fail(
    'disk.unsupported-entry',
    `${JSON.stringify(show(entry.path))} is a ${entry.kind}, which cannot be created on disk.`,
    {
      remedy: 'Exclude it.',
      detail: { path: show(entry.path) },
    },
  )
}

function refuseTarget(path: EntryPath, target: EntryPath): never {
  const [name, other] = [path, target].map((each) => JSON.stringify(show(each)))
  return fail('disk.unsupported-entry', `${name} is a hard link to ${other}, which is outside the root.`, {
    remedy: 'Exclude it.',
    detail: { path: show(path) },
  })
}
