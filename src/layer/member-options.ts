/**
 * How one member of a layer is laid out, if different from its object. JSON, since it is sent to the hash worker.
 *
 * All paths are the image's, in latin1, without a leading "/".
 */
import type { Mode } from '../tree/mode.ts'
import type { Owner } from '../tree/transform.ts'

/** Options of one member. Defaults are omitted. */
export interface MemberOptions {
  /** Directories in which the object is laid out, "" for "/". Each gets a copy. Default: its store path, or "/". */
  readonly at?: readonly string[]
  /** Default: the layer's for objects at their store path, otherwise the object's own. */
  readonly owner?: Owner
  /** Permission bits of files; a directory gets x wherever it has r. Or a symbolic mode. Default: the object's own. */
  readonly mode?: Mode
  /** Unix seconds, or "content": a time derived from each file's bytes. Default: the layer's; a layer file keeps its own. */
  readonly mtime?: number | 'content'
  /** Additional symbolic links: path → target. */
  readonly links?: Readonly<Record<string, string>>
  /** Files that get x wherever they have r; sorted. */
  readonly executable?: readonly string[]
  /** Excluded paths, each with everything below it; sorted. */
  readonly without?: readonly string[]
  /** Moved entries: path → path. */
  readonly moved?: Readonly<Record<string, string>>
  /** Links to directories in the image that the object has names below: link → the directory in which those names are instead, also in the other options. */
  readonly through?: Readonly<Record<string, string>>
}

/** Tells whether options change anything. */
export function saysNothing(options: MemberOptions): boolean {
  return Object.keys(options).length === 0
}
