/** What a script changes of the system around it, by key; and how two ways that a script might have gone become one. */
import type { NodeEntry } from '../../../tree/entry.ts'
import { sameEntry } from '../../../tree/equal.ts'
import type { GroupRequest, UserRequest } from '../account-requests.ts'
import type { Alternative } from '../alternatives.ts'

/** An owner and a mode that dpkg keeps for a path (dpkg-statoverride(1)). */
export interface Override {
  readonly user: string
  readonly group: string
  /** Octal digits, as written. */
  readonly mode: string
  readonly at: string
}

/** One thing about the system. */
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

/** The command that a fact or a note comes from. */
export interface Cause {
  readonly package: string
  /** The command, as the script has it. */
  readonly command: string
  /** Whether debhelper wrote it. */
  readonly isGenerated: boolean
}

/** A fact; where `fact` is undefined it cannot be known, and `before` is the last that could. */
export interface Held {
  readonly fact: Fact | undefined
  readonly before?: Fact | undefined
  readonly cause: Cause
}

/** What is known for certain, at least. */
export function certain({ fact, before }: Held): Fact | undefined {
  return fact ?? before
}

/** Whether two facts say the same. */
export function sameFact(a: Fact | undefined, b: Fact | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || a.kind !== b.kind) return false
  if (a.kind === 'entry' && b.kind === 'entry')
    return sameEntry(a.entry, b.entry) && ownerOf(a.entry) === ownerOf(b.entry)
  return JSON.stringify(a) === JSON.stringify(b)
}

// Owners are names here: their numbers come when all are known.
function ownerOf({ metadata: { uname, gname } }: NodeEntry): string {
  return `${uname}:${gname}`
}
