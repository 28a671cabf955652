/** The clock. Only actions read it; they pass the time on. */

/** Returns a monotonic time, in milliseconds, for measuring durations. */
export function millisecondsNow(): number {
  return performance.now()
}

/** Returns the current Unix time, in whole seconds. */
export function secondsNow(): number {
  return Math.floor(Date.now() / 1000)
}
