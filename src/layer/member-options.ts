/**
 * How one member of a layer is laid out, where that is not as its object has it. JSON, since it crosses to the hash worker.
 *
 * All paths are the image's, in latin1, without a leading "/".
 */
import type { Owner } from '../tree/transform.ts'

/** Options of one member. Those that say nothing are absent. */
export interface MemberOptions {
  /** Directories that the object is laid out in, "" for "/". Each has a copy. Default: its store path, or "/". */
  readonly at?: readonly string[]
  /** Default: the layer's for objects at their store path, else as the object has it. */
  readonly owner?: Owner
  /** Permission bits of files; a directory may be searched by those that may read it. Default: as the object has them. */
  readonly mode?: number
  /** Unix seconds. Default: the layer's; a layer file keeps its own. */
  readonly mtime?: number
  /** Path → target of links that come along. */
  readonly links?: Readonly<Record<string, string>>
  /** Files that may be run by those that may read them; sorted. */
  readonly executable?: readonly string[]
  /** What is left out, each path with all that is below it; sorted. */
  readonly without?: readonly string[]
  /** Path → path of what is elsewhere. */
  readonly moved?: Readonly<Record<string, string>>
}

/** Whether options say anything. */
export function saysNothing(options: MemberOptions): boolean {
  return Object.keys(options).length === 0
}
