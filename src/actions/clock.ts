/** The clock. Only actions read it; they pass the time on. */

/** Returns a time in milliseconds that only differences are taken of: it never runs backwards. */
export function millisecondsNow(): number {
  return performance.now()
}

/** Returns the current Unix time, in whole seconds. */
export function secondsNow(): number {
  return Math.floor(Date.now() / 1000)
}
