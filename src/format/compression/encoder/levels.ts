/** What a level means: how long matches are looked for, and whether a better one may start later. */

/** Candidates of one search. */
export let depth: i32 = 0
/** Length of a match that is good enough to end a search. */
export let enough: i32 = 0
/** Positions behind a match at which a longer one is looked for: 0, 1 or 2. */
export let patience: i32 = 0

function set(candidates: i32, length: i32, positions: i32): void {
  depth = candidates
  enough = length
  patience = positions
}

/** Chooses a level, 1 to 9. */
export function setLevel(level: i32): void {
  if (level <= 1) set(2, 12, 0)
  else if (level === 2) set(5, 16, 0)
  else if (level === 3) set(12, 24, 0)
  else if (level === 4) set(5, 16, 1)
  else if (level === 5) set(10, 32, 1)
  else if (level === 6) set(20, 48, 1)
  else if (level === 7) set(40, 96, 1)
  else if (level === 8) set(100, 160, 2)
  else set(1000, 258, 2)
}
