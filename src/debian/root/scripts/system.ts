/**
 * The system that a script sees: the image's files and accounts, effects of earlier scripts, and everything that a configured machine has
 * anyway.
 */
import type { EntryPath } from '../../../tree/path.ts'
import type { Tree } from '../../../tree/tree.ts'
import type { AccountDatabase } from '../account-database.ts'
import type { Shell } from '../shell/evaluate.ts'
import type { Held } from '../shell/facts.ts'

/** See above. */
export interface System {
  /** undefined: no file is known, as when only the script itself is available. */
  readonly files: Tree | undefined
  /** Names in a non-empty directory, including those that earlier scripts created or removed. */
  readonly namesIn: (directory: EntryPath) => Iterable<string>
  /** Tells whether a file does not exist yet, such as a package's own before it is unpacked. */
  readonly hides: (at: EntryPath) => boolean
  /** Tells whether a package ships a path. */
  readonly ships: (at: EntryPath) => boolean
  readonly architecture: string
  /** Versions by package name. */
  readonly packages: ReadonlyMap<string, string>
  /** Users and groups of every Debian system. */
  readonly accounts: AccountDatabase
  /** Effects of earlier scripts. */
  readonly settled: ReadonlyMap<string, Held>
  /** Called for every command that a script reaches. */
  readonly sees?: (call: { readonly name: string; readonly words: readonly (string | undefined)[] }) => void
}

/** A program of the system; undefined leaves the call to others. */
export type Program = (call: ProgramCall) => ReturnType<Shell['programs']['otherwise']> | undefined

/** Arguments of a program. */
export interface ProgramCall {
  readonly name: string
  readonly words: readonly (string | undefined)[]
  readonly cause: Held['cause']
  readonly shell: Shell
  readonly system: System
}

/** Value of a key. */
export function heldAt({ shell, system }: Pick<ProgramCall, 'shell' | 'system'>, key: string): Held | undefined {
  return shell.state.facts.get(key) ?? system.settled.get(key)
}
