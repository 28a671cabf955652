/** Progress without a terminal: one line for each finished part, or for each kind of work. */
import type { BuildEvent } from '../base/event.ts'
import { printable } from '../base/printable.ts'
import { formatSize } from '../report/text.ts'

/** Receiver of progress. */
export interface Progress {
  readonly report: (event: BuildEvent) => void
  /** Prints what is outstanding, and leaves the cursor at the start of a line. */
  stop(): void
}

interface Stream {
  write(text: string): unknown
}

type Kind = BuildEvent['at']

const verbs: Readonly<Record<Kind, { readonly past: string; readonly present: string }>> = {
  resolve: { past: 'resolved', present: 'reading' },
  wait: { past: 'waited for', present: 'waiting for' },
  fetch: { past: 'fetched', present: 'fetching' },
  build: { past: 'built', present: 'building' },
  layer: { past: 'layered', present: 'layering' },
  write: { past: 'wrote', present: 'writing' },
}

/** Tells whether a kind of work is not counted in bytes. */
export function isUnmeasured({ at }: Pick<BuildEvent, 'at'>): boolean {
  return at === 'resolve' || at === 'wait'
}

/** Prints one line for each finished part. */
export function lines(stream: Stream): Progress {
  const printed = new Set<string>()
  return {
    report: (event) => {
      const key = `${event.at} ${event.subject}`
      if (event.done < event.total || printed.has(key)) return
      printed.add(key)
      const size = event.total > 0 && !isUnmeasured(event) ? ` (${formatSize(event.total)})` : ''
      stream.write(`${verbs[event.at].past} ${printable(event.subject)}${size}\n`)
    },
    stop: () => {},
  }
}

/** Work that takes longer is announced. */
const patienceMilliseconds = 1000

/** What is known of one kind of work. */
interface Work {
  readonly begun: number
  ended: number
  /** Sizes of the finished parts, in bytes. */
  readonly finished: Map<string, number>
  /** Parts that have begun. */
  readonly open: Set<string>
  announcement: NodeJS.Timeout | undefined
}

/**
 * Prints one line for each kind of work when all is done, such as "fetched 172 packages, 88 MB, 4.1 s"; for work that takes longer than a
 * second also one when it has begun.
 *
 * @param now - returns the time, in milliseconds.
 */
export function summaries(stream: Stream, now: () => number): Progress {
  const works = new Map<Kind, Work>()
  const workOf = (at: Kind): Work => {
    const known = works.get(at)
    if (known !== undefined) return known
    const work: Work = { begun: now(), ended: now(), finished: new Map(), open: new Set(), announcement: undefined }
    works.set(at, work)
    return work
  }
  const announce = (at: Kind, { open }: Work): void => {
    const [subject] = open
    if (subject !== undefined) stream.write(`${verbs[at].present} ${printable(subject)} …\n`)
  }
  return {
    report: ({ at, subject, done, total }) => {
      const work = workOf(at)
      work.ended = now()
      if (done >= total) {
        work.open.delete(subject)
        work.finished.set(subject, total)
        if (work.open.size > 0) return
        clearTimeout(work.announcement)
        work.announcement = undefined
      } else {
        work.open.add(subject)
        work.announcement ??= setTimeout(announce, patienceMilliseconds, at, work).unref()
      }
    },
    stop: () => {
      for (const [at, work] of works) {
        clearTimeout(work.announcement)
        if (!isUnmeasured({ at }) && work.finished.size > 0) stream.write(`${summaryOf(at, work)}\n`)
      }
      works.clear()
    },
  }
}

function summaryOf(at: Kind, { begun, ended, finished }: Work): string {
  const [first = ''] = finished.keys()
  const isPackage = finished.keys().every((subject) => subject.endsWith('.deb'))
  const subjects = finished.size === 1 ? printable(first) : `${finished.size} ${isPackage ? 'packages' : nouns[at]}`
  const bytes = finished.values().reduce((sum, size) => sum + size, 0)
  const size = bytes > 0 ? `, ${formatSize(bytes)}` : ''
  return `${verbs[at].past} ${subjects}${size}, ${((ended - begun) / 1000).toFixed(1)} s`
}

const nouns: Readonly<Record<Kind, string>> = {
  resolve: 'documents',
  wait: 'processes',
  fetch: 'files',
  build: 'packages',
  layer: 'layers',
  write: 'files',
}
