/**
 * Shows progress on stderr: bars on a terminal, elsewhere one line for each kind of work. Prints nothing when there is nothing to do.
 *
 * The library that draws bars is loaded at the first event, so a build with nothing to do does not load it.
 */
import type { BuildEvent } from '../base/event.ts'
import { printable } from '../base/printable.ts'
import { formatSize } from '../report/text.ts'
import { isUnmeasured, lines, type Progress, summaries } from './progress-lines.ts'

/** How progress is shown. */
export interface ProgressOptions {
  /** Whether each finished part is a line. */
  readonly verbose: boolean
  /** Returns the time, in milliseconds. */
  readonly now: () => number
}

/** Returns progress on a stream: bars on a terminal, elsewhere a line for each kind of work. */
export function progressOn(stream: NodeJS.WriteStream, { verbose, now }: ProgressOptions): Progress {
  if (verbose) return lines(stream)
  return stream.isTTY ? bars(stream) : summaries(stream, now)
}

interface Bar {
  update(done: number): void
  setTotal(total: number): void
}

interface Drawing {
  create(total: number, done: number, payload: object): Bar
  remove(bar: Bar): unknown
  stop(): void
}

function bars(stream: NodeJS.WriteStream): Progress {
  let drawing: Drawing | undefined
  let _loading: Promise<void> | undefined
  let stopped = false
  const latest = new Map<string, BuildEvent>()
  const shown = new Map<string, Bar>()
  const draw = (event: BuildEvent): void => {
    const key = `${event.at} ${event.subject}`
    if (drawing === undefined || stopped) return
    const bar = shown.get(key)
    if (event.done >= event.total) {
      if (bar !== undefined) drawing.remove(bar)
      shown.delete(key)
    } else if (bar === undefined) {
      shown.set(key, drawing.create(event.total, event.done, { at: event.at, subject: printable(event.subject) }))
    } else {
      bar.setTotal(event.total)
      bar.update(event.done)
    }
  }
  const start = async (): Promise<void> => {
    drawing = await multiBar(stream)
    for (const event of latest.values()) draw(event)
    latest.clear()
  }
  return {
    report: (event) => {
      if (drawing !== undefined) return draw(event)
      latest.set(`${event.at} ${event.subject}`, event)
      _loading ??= start()
    },
    stop: () => {
      if (!stopped) drawing?.stop()
      stopped = true
    },
  }
}

async function multiBar(stream: NodeJS.WriteStream): Promise<Drawing> {
  const { MultiBar } = (await import('cli-progress')).default
  return new MultiBar({
    stream,
    clearOnComplete: true,
    hideCursor: true,
    // The command itself stops the bars when it is interrupted.
    gracefulExit: false,
    format: (options, parameters, payload: Pick<BuildEvent, 'at' | 'subject'>) => {
      const width = 24
      const filled = Math.round(Math.min(1, parameters.progress) * width)
      if (isUnmeasured(payload)) return `${payload.at.padEnd(7)} ${payload.subject}`
      const bar =
        (options.barCompleteString ?? '').slice(0, filled) +
        (options.barIncompleteString ?? '').slice(0, width - filled)
      return `${payload.at.padEnd(7)} ${bar} ${formatSize(parameters.value).padStart(9)} of ${formatSize(parameters.total).padStart(9)}  ${payload.subject}`
    },
  })
}
