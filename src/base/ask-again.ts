/** Polling for events that the system does not announce: a lock, the reader of a FIFO. */
import { setTimeout } from 'node:timers/promises'

const firstPauseMilliseconds = 2
const longestPauseMilliseconds = 100

/**
 * Polls until `ask` returns a value other than undefined, pausing between attempts. @throws the signal's reason, and whatever `ask` throws
 */
export async function askAgain<T>(ask: () => T | undefined, signal: AbortSignal | undefined): Promise<T> {
  for (let pause = firstPauseMilliseconds; ; pause = Math.min(2 * pause, longestPauseMilliseconds)) {
    signal?.throwIfAborted()
    const answer = ask()
    if (answer !== undefined) return answer
    // Aborting rejects the pause with the timer's own error; the next iteration throws the signal's reason instead.
    await setTimeout(pause, undefined, signal === undefined ? {} : { signal }).catch(() => {})
  }
}
