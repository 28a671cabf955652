/** Progress: the only vocabulary in which the rooms below report, and the only way they are stopped. */

/** Progress of one part of the work. */
export interface BuildEvent {
  /** Kind of work. */
  readonly at: 'resolve' | 'fetch' | 'build' | 'layer' | 'write'
  /** Name of the package, file or layer. */
  readonly subject: string
  /** Amount that is done, in bytes. */
  readonly done: number
  /** Amount in all, in bytes. */
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
