/** Progress and cancellation: the only ways in which lower rooms report progress and are stopped. */

/** Progress of one part of the work. */
export interface BuildEvent {
  /** Kind of work. */
  readonly at: 'resolve' | 'fetch' | 'build' | 'layer' | 'write'
  /** Name of the package, file or layer. */
  readonly subject: string
  /** Amount done so far, in bytes. */
  readonly done: number
  /** Total amount, in bytes. */
  readonly total: number
}

/** How a caller follows the work and cancels it. */
export interface Watch {
  readonly signal: AbortSignal
  readonly report: (event: BuildEvent) => void
}

/** A watch for callers that neither follow nor cancel. */
export const unwatched: Watch = { signal: new AbortController().signal, report: () => {} }

/** The given watch, with no-ops for the parts that are missing. */
export function watchOf({ signal = unwatched.signal, report = unwatched.report }: Partial<Watch>): Watch {
  return { signal, report }
}
