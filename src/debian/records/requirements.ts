/**
 * Dependencies between recorded Debian packages (Debian policy, 7.1): of several alternatives, the first that the image has, by name or as
 * provided.
 */
import { type Requirements, reachedFrom } from '../../report/requirements.ts'

/** A package's fields, as in its record. */
export interface RecordedFields {
  readonly name: string
  /** Pre-Depends and Depends. */
  readonly depends: string
  readonly provides: string
}

/** Dependencies of recorded packages. */
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

/** Packages that no other needs; of packages in an otherwise unneeded cycle, the first by name. */
function topsOf(requires: Requirements['requires']): readonly string[] {
  const names = [...requires.keys()].sort()
  const reached = new Map(names.map((name) => [name, reachedFrom(name, requires)]))
  const reaches = (from: string, to: string): boolean => reached.get(from)?.has(to) === true
  return names.filter((name) =>
    names.every((other) => other === name || !reaches(other, name) || (reaches(name, other) && name < other)),
  )
}

/** Names in a relationship field, alternatives together; without versions and architectures. */
function relations(field: string): readonly (readonly string[])[] {
  return field
    .split(',')
    .map((group) => group.split('|').flatMap((each) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(each)?.[1] ?? []))
    .filter((group) => group.length > 0)
}
