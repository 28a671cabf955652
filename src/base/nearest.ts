/** "Did you mean …": suggestions for a misspelt name. */

/**
 * Returns the names nearest to `name` by edit distance (insert, delete, replace, swap of neighbours), nearest first, at most `most`. Omits
 * names further away than a third of the length (at least 2).
 */
function nearest(name: string, names: Iterable<string>, most: number = 3): string[] {
  const reach = Math.max(2, Math.floor(name.length / 3))
  const found: { readonly candidate: string; readonly distance: number }[] = []
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) > reach) continue
    const distance = editDistance(name, candidate)
    if (distance <= reach) found.push({ candidate, distance })
  }
  found.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
  return found.slice(0, most).map((entry) => entry.candidate)
}

/** Returns the `most` names that are nearest to `name`, however far away they are. */
export function nearestOf(name: string, names: readonly string[], most: number): readonly string[] {
  const distances = names.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
  return distances
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate)
}

/** `Did you mean "x" or "y"?`, or an empty string if no name is near. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const near = nearest(name, names)
  return near.length === 0 ? '' : `Did you mean ${near.map((other) => `"${other}"`).join(' or ')}?`
}

function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
