/**
 * A tree becomes a directory on this machine's disk, safely.
 *
 * Nothing is ever written through a symbolic link, be it the tree's own or one that was there: names are made, never opened or
 * replaced, and every directory on the way was made here or looked at. Modes and times are exact whatever the umask. When something
 * fails, what was made so far stays: restore into a folder that you remove.
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
} from './disk-write.ts'
import { type Entry, type FileEntry, type HardlinkEntry, type Metadata, plain } from './entry.ts'
import { ancestors, type EntryPath, isWithin, parent, root, show } from './path.ts'
import { placeOf } from './place.ts'
import type { Tree } from './tree.ts'

/** A tree as it comes in a stream: the content of a file follows it in pieces that are `size` bytes together. */
export type Step =
  | Exclude<Entry, FileEntry>
  | (Omit<FileEntry, 'content'> & { readonly size: number })
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }

/** How a tree is written. */
export interface RestoreOptions extends Manner {
  /** Devices and named pipes, which Node cannot make: an error (default) or left out. */
  readonly devices?: 'refuse' | 'skip'
}

/**
 * Writes a tree to `top`, which is made; where it is a directory already, the tree is added to it.
 *
 * @throws BuildError disk.occupied, disk.unwritable, disk.unsupported-entry
 */
export function restoreTree(tree: Tree, top: string, options: RestoreOptions = {}): void {
  using restorer = new Restorer(top, options)
  for (const step of stepsOf(tree)) restorer.take(step)
  restorer.finish()
}

/** A tree as steps, each file's content behind it. */
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
  /** Absent where the directory was there before and the tree says nothing of it. */
  readonly metadata: Metadata | undefined
}

interface OpenFile {
  readonly path: EntryPath
  readonly descriptor: number
  readonly metadata: Metadata
  left: number
}

/** Takes a tree step by step, for those who read it from a stream. Call `finish` at the end; disposing closes what is open. */
export class Restorer implements Disposable {
  readonly #top: string
  readonly #options: RestoreOptions
  /** The directories that the last entry lies in: they get their mode and time when all in them is done. */
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

  /** Completes what is open: then the whole tree is on disk. A tree without entries is an empty directory. */
  finish(): void {
    this.#finishFile()
    if (!this.#begun) this.#enter(root)
    while (this.#directories.length > 0) this.#leaveDirectory()
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor)
    this.#file = undefined
  }

  /** Leaves directories that do not hold `path`; enters those above it that the tree left out. */
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
      // A link of the tree's own may stand on the way to the target.
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
    `${JSON.stringify(show(entry.path))} is a ${entry.kind}, which cannot be made on disk.`,
    {
      remedy: 'Leave it out.',
      detail: { path: show(entry.path) },
    },
  )
}

function refuseTarget(path: EntryPath, target: EntryPath): never {
  const [name, other] = [path, target].map((each) => JSON.stringify(show(each)))
  return fail('disk.unsupported-entry', `${name} is a hard link to ${other}, which is not below the same root.`, {
    remedy: 'Leave it out.',
    detail: { path: show(path) },
  })
}
