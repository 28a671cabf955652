/** Common results of programs. */
import { note } from '../../shell/state.ts'
import type { ProgramCall } from '../system.ts'

/** Has an unknown effect: adds a note. */
export function givesUp({ shell, cause }: ProgramCall, reason: string): { readonly status: undefined } {
  note(shell.state.notes, cause, reason)
  return { status: undefined }
}

/** Answers a query whose answer may be unknown. */
export function answers(truth: boolean | undefined): { readonly status: number | undefined } {
  return { status: truth === undefined ? undefined : truth ? 0 : 1 }
}
