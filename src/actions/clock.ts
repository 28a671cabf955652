/** The clock: read by actions alone, which hand down what it says. */

/** Now, in whole Unix seconds. */
export function secondsNow(): number {
  return Math.floor(Date.now() / 1000)
}
