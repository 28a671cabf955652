/** Checks Conflicts and Breaks in a complete set of packages (Debian Policy Manual, 7.3 and 7.4). */
import { fail } from '../../base/error.ts'
import { formatRelations, type Relation } from '../../format/control.ts'
import type { Chosen } from './resolve.ts'
import { type Relating, satisfies } from './universe.ts'

/** A package that is incompatible with another. */
export interface Conflict {
  readonly name: string
  readonly field: 'conflicts' | 'breaks'
  readonly relation: Relation
  readonly other: string
}

/** Finds all conflicts among packages, in the order of their names. */
export function* conflictsAmong(packages: readonly Relating[]): Generator<Conflict> {
  const sorted = [...packages].sort((a, b) => (a.locked.name < b.locked.name ? -1 : 1))
  const answering = byEveryName(sorted)
  for (const each of sorted) {
    const { name } = each.locked
    for (const field of ['conflicts', 'breaks'] as const) {
      for (const relation of each.relations(field).flat()) {
        const other = answering.get(relation.name)?.find((another) => another !== each && satisfies(another, relation))
        if (other !== undefined) yield { name, field, relation, other: other.locked.name }
      }
    }
  }
}

/** Packages by every name that they have or provide. */
function byEveryName(packages: readonly Relating[]): ReadonlyMap<string, readonly Relating[]> {
  const answering = new Map<string, Relating[]>()
  for (const each of packages) {
    const provided = each.relations('provides').flatMap((group) => group.map(({ name }) => name))
    for (const name of new Set([each.locked.name, ...provided]))
      answering.set(name, [...(answering.get(name) ?? []), each])
  }
  return answering
}

/** Throws an error that names the packages that brought the two. */
export function refuseConflict(
  { name, field, relation, other }: Conflict,
  where: string,
  roots: (name: string) => readonly string[],
): never {
  const verb = field === 'conflicts' ? 'conflicts with' : 'breaks'
  const broughtBy = (of: string) => {
    const bringing = roots(of)
    return bringing.length === 0 ? of : `${of} (brought by ${bringing.join(', ')})`
  }
  return fail(
    'debian.conflict',
    `${where}${broughtBy(name)} ${verb} ${formatRelations([relation])}, which is ${broughtBy(other)}.`,
    {
      remedy:
        'Remove one of the two, choose another alternative with `prefer`, or give one of them its own set and `lock`.',
      detail: { package: name, other, relation: formatRelations([relation]) },
    },
  )
}

/**
 * Refuses a root that cannot be installed: its dependencies, and the packages in every image, must be compatible. Incompatible roots are
 * for different images; an image's packages are checked when it is assembled.
 *
 * @throws BuildError debian.conflict
 */
export function refuseConflicts(
  chosen: ReadonlyMap<string, Chosen>,
  roots: readonly string[],
  everywhere: readonly string[],
): void {
  for (const root of roots) {
    const names = reached(chosen, [root, ...everywhere])
    const together = [...names].flatMap((name) => chosen.get(name)?.candidate ?? [])
    for (const conflict of conflictsAmong(together)) {
      refuseConflict(conflict, '', (name) =>
        [root, ...everywhere].filter((each) => each !== name && reached(chosen, [each]).has(name)),
      )
    }
  }
}

function reached(chosen: ReadonlyMap<string, Chosen>, roots: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const open = [...roots]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(chosen.get(next)?.requires ?? []))
  }
  return seen
}
