/**
 * Which packages brought a package into an image: those that nothing else in the image needs, or those that the image's description names.
 *
 * Needs are known from the lock where the description is at hand. Of an image that is only a file they are read from its records (Debian
 * policy 7.1): of several alternatives the first one that the image has, by name or by what it provides. Pure.
 */

/** Packages by name with those that each needs, and the names from which all others follow. */
export interface Requirements {
  readonly roots: readonly string[]
  readonly requires: ReadonlyMap<string, readonly string[]>
}

/** A package's fields, as its record has them. */
export interface RecordedFields {
  readonly name: string
  /** Pre-Depends and Depends. */
  readonly depends: string
  readonly provides: string
}

/** For each package the roots that need it, sorted; a package that none needs stands for itself, as a root does. */
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

/** What records say of each other. */
export function recordedRequirements(records: readonly RecordedFields[]): Requirements {
  const names = new Set(records.map(({ name }) => name))
  const providers = new Map<string, string>()
  for (const { name, provides } of records)
    for (const [provided = ''] of relations(provides)) if (!providers.has(provided)) providers.set(provided, name)
  const choice = (alternatives: readonly string[]): readonly string[] => {
    const chosen = alternatives.map((each) => (names.has(each) ? each : providers.get(each)))
    return chosen.filter((each) => each !== undefined).slice(0, 1)
  }
  const requires = new Map(records.map(({ name, depends }) => [name, relations(depends).flatMap(choice)]))
  return { roots: topsOf(requires), requires }
}

/** Packages that nothing needs; of those that need each other in a circle, and nothing else needs, the first by name. */
function topsOf(requires: Requirements['requires']): readonly string[] {
  const names = [...requires.keys()].sort()
  const reached = new Map(names.map((name) => [name, reachedFrom(name, requires)]))
  const reaches = (from: string, to: string): boolean => reached.get(from)?.has(to) === true
  return names.filter((name) =>
    names.every((other) => other === name || !reaches(other, name) || (reaches(name, other) && name < other)),
  )
}

function reachedFrom(root: string, requires: Requirements['requires']): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = [root]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    open.push(...(requires.get(name) ?? []))
  }
  return reached
}

/** Names in a relationship field, its alternatives together; versions and architectures are left out. */
function relations(field: string): readonly (readonly string[])[] {
  return field
    .split(',')
    .map((group) => group.split('|').flatMap((each) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(each)?.[1] ?? []))
    .filter((group) => group.length > 0)
}
