/** Measures how the time of some work grows with its size, for tests whose subject is growth. */

/** Processor time for `8 × size` divided by that for `size`: about 8 if the work is linear, 64 if it is quadratic. */
export function growth(work: (size: number) => unknown, size: number): number {
  work(size)
  const [few, many] = [least(() => work(size)), least(() => work(8 * size))]
  // Below a millisecond the clock is too coarse.
  return many / Math.max(few, 1)
}

/** The minimum of three, in milliseconds of this process alone. */
function least(work: () => unknown): number {
  const times = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return Math.min(...times)
}
