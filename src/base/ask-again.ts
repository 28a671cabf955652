/** Waiting for what announces itself to no one: a lock, the reader of a FIFO. */
import { setTimeout } from 'node:timers/promises'

const firstPauseMilliseconds = 2
const longestPauseMilliseconds = 100

/** Asks until the answer is not undefined, with pauses between. @throws the signal's reason, and what `ask` throws */
export async function askAgain<T>(ask: () => T | undefined, signal: AbortSignal | undefined): Promise<T> {
  for (let pause = firstPauseMilliseconds; ; pause = Math.min(2 * pause, longestPauseMilliseconds)) {
    signal?.throwIfAborted()
    const answer = ask()
    if (answer !== undefined) return answer
    // An abort ends the pause with an error of the timer's own; the next turn throws the signal's.
    await setTimeout(pause, undefined, signal === undefined ? {} : { signal }).catch(() => {})
  }
}
