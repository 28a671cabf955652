/** Conflicts and Breaks, looked for in a finished set of packages (Debian Policy Manual, 7.3 and 7.4). */
import { fail } from '../../base/error.ts'
import { formatRelations, type Relation } from '../../format/control.ts'
import type { Chosen } from './resolve.ts'
import { type Candidate, satisfies } from './universe.ts'

/** Refuses a set in which one package does not stand another. @throws BuildError debian.conflict */
export function refuseConflicts(chosen: ReadonlyMap<string, Chosen>, roots: readonly string[]): void {
  const providers = providersIn(chosen)
  for (const [name, { candidate }] of chosen) {
    for (const field of ['conflicts', 'breaks'] as const) {
      for (const relation of candidate.relations(field).flat()) {
        const other = providers.get(relation.name)?.find((each) => each !== candidate && satisfies(each, relation))
        if (other !== undefined) refuse({ name, field, relation, other: other.locked.name }, chosen, roots)
      }
    }
  }
}

/** Packages by every name they answer to. */
function providersIn(chosen: ReadonlyMap<string, Chosen>): ReadonlyMap<string, readonly Candidate[]> {
  const answering = new Map<string, Candidate[]>()
  for (const [name, { candidate }] of chosen) {
    const names = new Set([name, ...candidate.relations('provides').flatMap((group) => group.map((each) => each.name))])
    for (const each of names) answering.set(each, [...(answering.get(each) ?? []), candidate])
  }
  return answering
}

interface Conflict {
  readonly name: string
  readonly field: 'conflicts' | 'breaks'
  readonly relation: Relation
  readonly other: string
}

function refuse(conflict: Conflict, chosen: ReadonlyMap<string, Chosen>, roots: readonly string[]): never {
  const { name, field, relation, other } = conflict
  const verb = field === 'conflicts' ? 'conflicts with' : 'breaks'
  const broughtBy = (of: string) => {
    const bringing = roots.filter((root) => reaches(chosen, root, of))
    return bringing.length === 0 ? of : `${of} (brought by ${bringing.join(', ')})`
  }
  return fail(
    'debian.conflict',
    `${broughtBy(name)} ${verb} ${formatRelations([relation])}, which is ${broughtBy(other)}.`,
    {
      remedy:
        'Leave one of the two roots out, choose another alternative with `prefer`, or give one of them a set and a `lock` of its own.',
      detail: { package: name, other, relation: formatRelations([relation]) },
    },
  )
}

function reaches(chosen: ReadonlyMap<string, Chosen>, root: string, wanted: string): boolean {
  const seen = new Set<string>()
  const open = [root]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === wanted) return true
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(chosen.get(next)?.requires ?? []))
  }
  return false
}
