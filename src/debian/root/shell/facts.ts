/** Changes that a script makes to the system, by key; and how the changes of two possible branches are combined. */
import type { NodeEntry } from '../../../tree/entry.ts'
import { sameEntry } from '../../../tree/equal.ts'
import type { GroupRequest, UserRequest } from '../account-requests.ts'
import type { Alternative } from '../alternatives.ts'

/** Owner and mode that dpkg keeps for a path (dpkg-statoverride(1)). */
export interface Override {
  readonly user: string
  readonly group: string
  /** Octal digits, as written. */
  readonly mode: string
  readonly at: string
}

/** A single property of the system. */
export type Fact =
  | { readonly kind: 'entry'; readonly entry: NodeEntry }
  | { readonly kind: 'absent' }
  | { readonly kind: 'user'; readonly user: UserRequest }
  | { readonly kind: 'group'; readonly group: GroupRequest }
  | { readonly kind: 'member'; readonly user: string; readonly group: string }
  | { readonly kind: 'alternative'; readonly alternative: Alternative }
  | { readonly kind: 'override'; readonly override: Override }
  | { readonly kind: 'diversion'; readonly to: string; readonly by: string }
  | { readonly kind: 'answer'; readonly text: string }

/** Command that a fact or a note comes from. */
export interface Cause {
  readonly package: string
  /** The command, as in the script. */
  readonly command: string
  /** Whether debhelper generated it. */
  readonly isGenerated: boolean
}

/** A fact; if `fact` is undefined it is unknown, and `before` is the last known value. */
export interface Held {
  readonly fact: Fact | undefined
  readonly before?: Fact | undefined
  readonly cause: Cause
}

/** The part that is certain. */
export function certain({ fact, before }: Held): Fact | undefined {
  return fact ?? before
}

/** Tells whether two facts are equal. */
export function sameFact(a: Fact | undefined, b: Fact | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || a.kind !== b.kind) return false
  if (a.kind === 'entry' && b.kind === 'entry')
    return sameEntry(a.entry, b.entry) && ownerOf(a.entry) === ownerOf(b.entry)
  return JSON.stringify(a) === JSON.stringify(b)
}

// Owners are names here: their numbers are added when all are known.
function ownerOf({ metadata: { uname, gname } }: NodeEntry): string {
  return `${uname}:${gname}`
}
