/** The system that a script finds: the image's files and accounts, what earlier scripts did, and what a configured machine has anyway. */
import type { EntryPath } from '../../../tree/path.ts'
import type { Tree } from '../../../tree/tree.ts'
import type { AccountDatabase } from '../account-database.ts'
import type { Shell } from '../shell/evaluate.ts'
import type { Held } from '../shell/facts.ts'

/** See above. */
export interface System {
  /** undefined: nothing is known of any file, as when only the script itself is at hand. */
  readonly files: Tree | undefined
  /** The names in a directory that has some, of files and of what earlier scripts made or took away. */
  readonly namesIn: (directory: EntryPath) => Iterable<string>
  /** Whether a file is not there yet, as a package's own are not before it is unpacked. */
  readonly hides: (at: EntryPath) => boolean
  /** Tells whether a package ships a path. */
  readonly ships: (at: EntryPath) => boolean
  readonly architecture: string
  /** Versions by the names of the packages. */
  readonly packages: ReadonlyMap<string, string>
  /** The users and groups of every Debian system. */
  readonly accounts: AccountDatabase
  /** What earlier scripts left. */
  readonly settled: ReadonlyMap<string, Held>
  /** Told of every command that a script comes to. */
  readonly sees?: (call: { readonly name: string; readonly words: readonly (string | undefined)[] }) => void
}

/** A program of the system; undefined leaves the call to others. */
export type Program = (call: ProgramCall) => ReturnType<Shell['programs']['otherwise']> | undefined

/** What a program is called with. */
export interface ProgramCall {
  readonly name: string
  readonly words: readonly (string | undefined)[]
  readonly cause: Held['cause']
  readonly shell: Shell
  readonly system: System
}

/** What is held under a key. */
export function heldAt({ shell, system }: Pick<ProgramCall, 'shell' | 'system'>, key: string): Held | undefined {
  return shell.state.facts.get(key) ?? system.settled.get(key)
}
