/**
 * Runs an image's shell commands isolated from this machine: one interface, whatever the kernel permits.
 *
 * A job is a root (the tree below, and the layer so far), scripts, and limits; its outcome is the layer as the scripts left it. Every
 * sandbox produces the same layer for the same job (canon.ts defines what is excluded).
 */
import type { Watch } from '../base/event.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Tree } from '../tree/tree.ts'

export type SandboxName = 'namespace' | 'fakeroot'

/** A script, run as `bash -e`. */
export interface Script {
  /** Name of the argument that it came from, for errors: "runAsRoot". */
  readonly place: string
  readonly text: string
  /** Which root the script sees as "/": the image's; or the tools', with the image's root as its working directory. */
  readonly within: 'image' | 'tools'
  /** Location of a line, counted from 1, in the user's file. */
  readonly where?: (line: number) => string | undefined
}

/** A tree that is unpacked once and cached under `key`, so equal keys must mean equal trees. */
export interface Cached {
  readonly key: string
  /** As a container sees it: without whiteouts, with all parents. */
  readonly tree: Tree
}

/** The tree below the layer. */
export interface Below extends Cached {
  /** A part of it that changes less often, cached by itself: the tree adds to it, and removes nothing. */
  readonly stable?: Cached | undefined
}

/** A store object that scripts see at its logical path: a file or directory of this machine, or a directory of links. */
export type VisibleObject = { readonly path: StorePath } & ({ readonly physical: string } | VisibleLinks)

/** Maps a name to an absolute target: one map for scripts that see the image's root, one for those that see the tools'. */
export interface VisibleLinks {
  readonly image: Readonly<Record<string, string>>
  readonly tools: Readonly<Record<string, string>>
}

export interface Limits {
  /** Maximum size, in bytes, of what scripts add to the root. */
  readonly disk: number
  /** Memory limit in bytes; undefined for none. */
  readonly memory: number | undefined
}

export interface Job {
  /** Name of the image, for logs and errors. */
  readonly name: string
  readonly below: Below
  /** The layer so far. */
  readonly layer: Tree
  readonly scripts: readonly Script[]
  readonly objects: readonly VisibleObject[]
  readonly limits: Limits
}

/** The layer as scripts left it. Its contents can be read until it is disposed of. */
export interface Outcome extends AsyncDisposable {
  readonly layer: Tree
}

/** Runs jobs. */
export interface Sandbox {
  readonly name: SandboxName
  /** Reason why it does not work on this machine; undefined if it does. Tests it by running. */
  probe(): Promise<string | undefined>
  /** @throws BuildError command.failed, command.names-tools, sandbox.unsupported */
  run(job: Job, watch: Watch): Promise<Outcome>
}

/** Resources of every sandbox. */
export interface Place {
  /** Directory of the store for unpacked, temporary and log files. */
  readonly folder: string
  /** Directory of the tools (tools.ts). */
  readonly tools: string
}

/** Path of the tools for scripts that see the image's root; short enough to replace the loader's own path. */
export const toolsPath = '/dev/slipway'
