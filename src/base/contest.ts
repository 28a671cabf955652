/**
 * Which of two ways of doing the same is the cheaper one, found by doing it, and found again now and then.
 *
 * They take turns of two: three turns each at first, then one each in every period; otherwise the cheaper one is next. What counts is the
 * median of a way's last three turns, and in a turn the second time: the first has to do with what was before.
 */

/** Says which way is next, and is told what it cost, in turn. */
export interface Contest<T> {
  next(): T
  took(cost: number): void
}

const turn = 2
const firstTrials = 6 * turn
const trials = 2 * turn
const period = 128
const remembered = 3

/** A contest of two ways; the second must be better by a tenth. */
export function contestOf<T>(ways: readonly [T, T]): Contest<T> {
  const costs: readonly [number[], number[]] = [[], []]
  let count = 0
  let best = ways[0]
  return {
    next() {
      const trial = trialAt(count)
      return trial === undefined ? best : ways[trial.way]
    },
    took(cost) {
      const trial = trialAt(count++)
      if (trial?.counts !== true) return
      const found = costs[trial.way]
      found.push(cost)
      if (found.length > remembered) found.shift()
      best = median(costs[1]) * 1.1 < median(costs[0]) ? ways[1] : ways[0]
    },
  }
}

/** What is tried at that time; undefined where nothing is. */
function trialAt(count: number): { readonly way: 0 | 1; readonly counts: boolean } | undefined {
  const isFirst = count < firstTrials
  const at = isFirst ? count : (count - firstTrials) % period
  if (!isFirst && at >= trials) return undefined
  return { way: Math.floor(at / turn) % 2 === 0 ? 0 : 1, counts: at % turn > 0 }
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}
