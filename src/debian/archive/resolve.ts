/**
 * Resolves roots to all packages they need, with the chosen edges: the packages that apt would install on an empty machine.
 *
 * Walks Pre-Depends and Depends. A group that only one package can satisfy is followed at once; a group with a choice waits until nothing
 * else is left, then in order of discovery: if a chosen package satisfies it, that one; otherwise the first alternative with a package of
 * fitting version, and for a name that is only provided, the provider with the best Priority, then by name. (`prefer` precedes the
 * alternatives.) Example: `debconf | debconf-2.0` waits; if some package depends on debconf alone, no choice is left when its turn comes.
 * Compared with apt: test/conformance/debian-resolve.test.ts.
 *
 * The root has a merged `/usr`, so usr-is-merged counts as chosen from the start: it is taken wherever it is among the choices.
 */
import { fail } from '../../base/error.ts'
import { formatRelations, type RelationGroup } from '../../format/control.ts'
import { type Candidate, satisfies, type Universe } from './universe.ts'
import { refuseUnknown } from './unknown.ts'

/** Roots, and rules for choices. */
export interface Question {
  readonly roots: readonly string[]
  /** Packages of an earlier resolution with their edges: chosen, and not walked again. */
  readonly kept: ReadonlyMap<string, readonly string[]>
  readonly recommends: boolean
  readonly prefer: readonly string[]
  /** Names that count as present, in any version, and are not laid out; the archive need not have them. */
  readonly omit: readonly string[]
}

/** A chosen package. */
export interface Chosen {
  readonly candidate: Candidate
  /** Names, sorted, without itself and omitted packages. */
  readonly requires: readonly string[]
}

/** All chosen packages by name. @throws BuildError debian.package-unknown, debian.package-virtual, debian.unsatisfiable */
export function resolvePackages(universe: Universe, question: Question): ReadonlyMap<string, Chosen> {
  const preferred = question.prefer.filter((name) => universe.candidate(name) === undefined)
  if (preferred.length > 0) refuseUnknown(universe, preferred, ' (`prefer`)')
  const walk = new Walk(universe, question)
  for (const root of rootCandidates(universe, question.roots)) walk.choose(root, undefined)
  walk.finish()
  return walk.chosen()
}

/** Finds the roots by name; all must be real packages. */
function rootCandidates(universe: Universe, names: readonly string[]): readonly Candidate[] {
  const unknown = names.filter((name) => universe.candidate(name) === undefined)
  if (unknown.length > 0) refuseUnknown(universe, unknown)
  return names.flatMap((name) => universe.candidate(name) ?? [])
}

interface Waiting {
  readonly from: string
  readonly group: RelationGroup
}

/** State of one resolution. */
class Walk {
  readonly #universe: Universe
  readonly #question: Question
  readonly #candidates = new Map<string, Candidate>()
  readonly #edges = new Map<string, Set<string>>()
  /** Who brought a package: following this leads to a root. */
  readonly #broughtBy = new Map<string, string>()
  readonly #open: Candidate[] = []
  readonly #waiting: Waiting[] = []
  readonly #omitted: readonly Candidate[]
  readonly #preferred: readonly string[]

  constructor(universe: Universe, question: Question) {
    this.#universe = universe
    this.#question = question
    this.#preferred = ['usr-is-merged', ...question.prefer]
    this.#omitted = question.omit.flatMap((name) => universe.candidate(name) ?? [])
    for (const [name, requires] of question.kept) {
      const candidate = universe.candidate(name)
      if (candidate === undefined) continue
      this.#candidates.set(name, candidate)
      this.#edges.set(name, new Set(requires))
    }
  }

  chosen(): ReadonlyMap<string, Chosen> {
    return new Map(
      [...this.#candidates]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, candidate]) => [
          name,
          { candidate, requires: [...(this.#edges.get(name) ?? [])].filter((other) => other !== name).sort() },
        ]),
    )
  }

  choose(candidate: Candidate, from: string | undefined): void {
    const { name } = candidate.locked
    if (from !== undefined) this.#edges.get(from)?.add(name)
    if (this.#candidates.has(name)) return
    this.#candidates.set(name, candidate)
    this.#edges.set(name, new Set())
    if (from !== undefined) this.#broughtBy.set(name, from)
    this.#open.push(candidate)
  }

  /** Follows all open groups, then decides one choice, until neither is left. */
  finish(): void {
    for (;;) {
      for (let next = this.#open.shift(); next !== undefined; next = this.#open.shift()) this.#follow(next)
      const choice = this.#waiting.shift()
      if (choice === undefined) return
      this.#decide(choice)
    }
  }

  #follow(candidate: Candidate): void {
    const { name } = candidate.locked
    const needed = [...candidate.relations('pre-depends'), ...candidate.relations('depends')]
    for (const group of needed) this.#meet({ from: name, group }, true)
    if (!this.#question.recommends) return
    for (const group of candidate.relations('recommends')) this.#meet({ from: name, group }, false)
  }

  #meet(waiting: Waiting, needed: boolean): void {
    if (this.#isOmitted(waiting.group)) return
    const possible = this.#possible(waiting.group)
    const [only] = possible
    if (only === undefined) {
      if (needed) this.#refuse(waiting)
    } else if (possible.length === 1) this.choose(only, waiting.from)
    else this.#waiting.push(waiting)
  }

  #decide({ from, group }: Waiting): void {
    const possible = this.#possible(group)
    const taken =
      possible.find((candidate) => this.#candidates.has(candidate.locked.name)) ??
      this.#preferredOf(possible) ??
      possible[0]
    if (taken === undefined) throw new Error('unreachable: a choice without alternatives')
    this.choose(taken, from)
  }

  #preferredOf(possible: readonly Candidate[]): Candidate | undefined {
    for (const name of this.#preferred) {
      const found = possible.find((candidate) => candidate.locked.name === name)
      if (found !== undefined) return found
    }
    return undefined
  }

  #isOmitted(group: RelationGroup): boolean {
    return group.some(
      (relation) =>
        this.#question.omit.includes(relation.name) ||
        this.#omitted.some((candidate) => satisfies(candidate, relation)),
    )
  }

  /** Every package that satisfies a group, each once: alternative by alternative, the real package before its providers. */
  #possible(group: RelationGroup): readonly Candidate[] {
    const found = new Map<string, Candidate>()
    for (const relation of group) {
      const real = this.#universe.candidate(relation.name)
      for (const candidate of [...(real === undefined ? [] : [real]), ...this.#universe.providers(relation.name)]) {
        const { name } = candidate.locked
        if (!found.has(name) && satisfies(candidate, relation)) found.set(name, candidate)
      }
    }
    return [...found.values()]
  }

  #refuse({ from, group }: Waiting): never {
    const chain = [from]
    for (let next = this.#broughtBy.get(from); next !== undefined; next = this.#broughtBy.get(next)) chain.unshift(next)
    return fail(
      'debian.unsatisfiable',
      `Nothing in the archive satisfies ${formatRelations(group)}, which ${chain.join(' → ')} depends on.`,
      {
        remedy: `Remove "${chain[0]}", or add the missing package to \`omit\` if it is optional.`,
        detail: { chain: chain.join(' '), missing: formatRelations(group) },
      },
    )
  }
}
