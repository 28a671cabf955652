/**
 * Which packages brought a package into an image: those that nothing else in the image needs, or those that the image's description names.
 *
 * Needs are known from the lock where the description is at hand, else from the image's own records. Pure.
 */

/** Packages by name with those that each needs, and the names from which all others follow. */
export interface Requirements {
  readonly roots: readonly string[]
  readonly requires: ReadonlyMap<string, readonly string[]>
}

/** Returns, for each package, the roots that need it, sorted; for a package that no other needs, the package itself. */
export function broughtBy(
  names: readonly string[],
  { roots, requires }: Requirements,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>(names.map((name) => [name, new Set()]))
  // What only makes something, such as the shell of a command, is asked for too, and is not in the image.
  for (const root of roots.filter((each) => found.has(each)))
    for (const name of reachedFrom(root, requires)) found.get(name)?.add(root)
  return new Map([...found].map(([name, by]) => [name, by.size === 0 ? [name] : [...by].sort()]))
}

/** Returns a package and everything that it needs. */
export function reachedFrom(root: string, requires: Requirements['requires']): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = [root]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    open.push(...(requires.get(name) ?? []))
  }
  return reached
}
