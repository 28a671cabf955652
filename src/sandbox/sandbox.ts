/**
 * Running an image's shell commands apart from this machine: one interface, whatever the kernel lets the user do.
 *
 * A job is a root (what the image has below, and the layer so far), scripts, and limits; its outcome is the layer as the scripts left
 * it. Every sandbox leaves the same layer for the same job (canon.ts says what is left out of it).
 */
import type { Watch } from '../base/event.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Tree } from '../tree/tree.ts'

export type SandboxName = 'namespace' | 'fakeroot'

/** One script, run as `bash -e`. */
export interface Script {
  /** The argument that it was given as, for errors: "runAsRoot". */
  readonly place: string
  readonly text: string
  /** Whose root it sees as "/": the image's; or the tools', with the image's root as its working directory. */
  readonly within: 'image' | 'tools'
  /** Where a line of it, counted from 1, is in the user's file. */
  readonly where?: (line: number) => string | undefined
}

/** What the image has below the layer; unpacked once and kept under `key`, so equal keys must mean equal trees. */
export interface Below {
  readonly key: string
  /** As a container sees it: without whiteouts, with all parents. */
  readonly tree: Tree
}

/** A store object that scripts see at its logical path: a file or folder of this machine, or a directory of links. */
export type VisibleObject = { readonly path: StorePath } & ({ readonly physical: string } | VisibleLinks)

/** Name → absolute target, for scripts that see the image's root and for those that see the tools'. */
export interface VisibleLinks {
  readonly image: Readonly<Record<string, string>>
  readonly tools: Readonly<Record<string, string>>
}

export interface Limits {
  /** Bytes that scripts may add to the root. */
  readonly disk: number
  /** Bytes of memory; undefined for no limit of our own. */
  readonly memory: number | undefined
}

export interface Job {
  /** The image's, for logs and errors. */
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

/** Where commands can run. */
export interface Sandbox {
  readonly name: SandboxName
  /** Why it does not work on this machine; undefined when it does. Really tries. */
  probe(): Promise<string | undefined>
  /** @throws BuildError command.failed, command.names-tools, sandbox.unsupported */
  run(job: Job, watch: Watch): Promise<Outcome>
}

/** What every sandbox works with. */
export interface Place {
  /** A folder of the store's, for what is unpacked, running and logged. */
  readonly folder: string
  /** The folder of the tools (tools.ts). */
  readonly tools: string
}

/** Where the tools are for scripts that see the image's root; short enough to stand in for the loader's own path. */
export const toolsPath = '/dev/slipway'
