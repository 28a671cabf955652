/** The clock. Only actions read it; they pass the time on. */

/** Returns the current Unix time, in whole seconds. */
export function secondsNow(): number {
  return Math.floor(Date.now() / 1000)
}
