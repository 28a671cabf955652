/** Common results of programs. */
import { note } from '../../shell/state.ts'
import { isPassing } from '../disk.ts'
import type { ProgramCall } from '../system.ts'

/** Has an unknown effect: adds a note. */
export function givesUp({ shell, cause }: ProgramCall, reason: string): { readonly status: undefined } {
  note(shell.state.notes, cause, reason)
  return { status: undefined }
}

/** Has an unknown effect, since the files at a name are unknown: adds a note unless an image can do without them. */
export function seesNothing(call: ProgramCall, name: string | undefined): { readonly status: undefined } {
  return name !== undefined && isPassing(name) ? { status: undefined } : givesUp(call, 'the files there are unknown')
}

/** Answers a query whose answer may be unknown. */
export function answers(truth: boolean | undefined): { readonly status: number | undefined } {
  return { status: truth === undefined ? undefined : truth ? 0 : 1 }
}
