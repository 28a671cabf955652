/** Progress: the only vocabulary in which the rooms below report, and the only way they are stopped. */

/** Something advanced. `done` and `total` are bytes. */
export interface BuildEvent {
  readonly at: 'resolve' | 'fetch' | 'build' | 'layer' | 'write'
  readonly subject: string
  readonly done: number
  readonly total: number
}

/** How a caller follows the work and stops it. */
export interface Watch {
  readonly signal: AbortSignal
  readonly report: (event: BuildEvent) => void
}

/** A watch for callers that neither follow nor stop. */
export const unwatched: Watch = { signal: new AbortController().signal, report: () => {} }

/** The watch that is given, and nobody's for what is not. */
export function watchOf({ signal = unwatched.signal, report = unwatched.report }: Partial<Watch>): Watch {
  return { signal, report }
}
