/** Progress and cancellation: the only ways in which lower rooms report progress and are stopped. */

/** Progress of one part of the work. */
export interface BuildEvent {
  /** Kind of work; "wait" is waiting for another process. */
  readonly at: 'resolve' | 'wait' | 'fetch' | 'build' | 'layer' | 'write'
  /** Name of the package, file, layer or document, or of what is waited for. */
  readonly subject: string
  /** Amount done so far, in bytes; of "resolve" and "wait", 0 while it lasts and 1 at its end. */
  readonly done: number
  /** Total amount, in bytes; of "resolve" and "wait", 1. */
  readonly total: number
}

/** How a caller follows the work and cancels it. */
export interface Watch {
  readonly signal: AbortSignal
  readonly report: (event: BuildEvent) => void
}

/** A watch for callers that neither follow nor cancel. */
export const unwatched: Watch = { signal: new AbortController().signal, report: () => {} }

/** Reports work of unknown size from its start to its end, however it ends. */
export async function reported<T>(
  part: Pick<BuildEvent, 'at' | 'subject'>,
  { report }: Pick<Watch, 'report'>,
  work: () => Promise<T>,
): Promise<T> {
  report({ ...part, done: 0, total: 1 })
  try {
    return await work()
  } finally {
    report({ ...part, done: 1, total: 1 })
  }
}

/** The given watch, with no-ops for the parts that are missing. */
export function watchOf({ signal = unwatched.signal, report = unwatched.report }: Partial<Watch>): Watch {
  return { signal, report }
}
