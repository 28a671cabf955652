/**
 * All packages that a set may choose from: the newest of each name over all its suites, and the providers of each name.
 *
 * Pure and lazy: only requested names are parsed. Of equal versions the one in the earlier index is taken (equal versions are the same file
 * in Debian, debian.md).
 */
import { digestFromHex } from '../../base/digest.ts'
import { fail } from '../../base/error.ts'
import {
  type Paragraph,
  parseParagraph,
  parseRelations,
  type Relation,
  type RelationGroup,
} from '../../format/control.ts'
import type { PackagesIndex, Place } from '../../format/packages-index.ts'
import type { Base, LockedPackage } from '../lock/resolution.ts'
import { compareVersions, versionFits } from './version.ts'

/** A `Packages` file with its index. */
export interface IndexedPackages {
  readonly base: Base
  readonly index: PackagesIndex
  /** A paragraph, decoded as `latin1`, since only ASCII fields matter to resolution. */
  paragraph(place: Place): string
}

/** Control fields that relate packages to each other. */
export type RelationField = 'pre-depends' | 'depends' | 'recommends' | 'provides' | 'conflicts' | 'breaks'

/** A package with its fields and relations. */
export interface Relating {
  readonly locked: Pick<LockedPackage, 'name' | 'version'>
  relations(field: RelationField): readonly RelationGroup[]
}

/** A package that may be chosen. */
export interface Candidate extends Relating {
  readonly locked: Omit<LockedPackage, 'requires'>
  readonly priority: string
}

/** All packages that may be chosen. */
export interface Universe {
  readonly architecture: string
  /** The newest package of a name. */
  candidate(name: string): Candidate | undefined
  /** Candidates that provide a name, each under a different name, best first: by priority, then by name. */
  providers(name: string): readonly Candidate[]
  readonly essential: readonly string[]
  /** Every name, for suggestions about a misspelt one. */
  names(): Iterable<string>
}

/** Indexes the packages of several `Packages` files. */
export function universeOf(files: readonly IndexedPackages[], architecture: string): Universe {
  const candidate = remembered((name: string) => newest(files, name, architecture))
  const providers = remembered((name: string) => {
    const names = new Set(files.flatMap(({ index }) => index.providersOf(name)))
    const found = [...names]
      .flatMap((provider) => candidate(provider) ?? [])
      .filter((provider) => provider.locked.name !== name && provides(provider, { name }))
    return bestFirst(found)
  })
  return {
    architecture,
    candidate,
    providers,
    essential: [...new Set(files.flatMap(({ index }) => index.essential))].sort(),
    names: () => new Set(files.flatMap(({ index }) => index.names())),
  }
}

/** Tells whether a package satisfies a relation, by name or by what it provides (Policy 7.5). */
export function satisfies(candidate: Relating, relation: Relation): boolean {
  return candidate.locked.name === relation.name
    ? fits(candidate.locked.version, relation)
    : provides(candidate, relation)
}

/** An unversioned Provides never satisfies a versioned relation. */
function provides(candidate: Relating, relation: Relation): boolean {
  return candidate
    .relations('provides')
    .some((group) => group.some(({ name, version }) => name === relation.name && fits(version, relation)))
}

function fits(version: string | undefined, { comparison, version: bound }: Relation): boolean {
  if (comparison === undefined || bound === undefined) return true
  return version !== undefined && versionFits(version, comparison, bound)
}

function newest(files: readonly IndexedPackages[], name: string, architecture: string): Candidate | undefined {
  let best: Candidate | undefined
  for (const { index, base, paragraph: textAt } of files) {
    for (const place of index.placesOf(name)) {
      const paragraph = parseParagraph(textAt(place))
      if (!['all', architecture].includes(paragraph.get('architecture') ?? '')) continue
      if (best === undefined || compareVersions(paragraph.get('version') ?? '', best.locked.version) > 0)
        best = candidateOf(paragraph, name, base)
    }
  }
  return best
}

function candidateOf(paragraph: Paragraph, name: string, base: Base): Candidate {
  const field = (key: string) => paragraph.get(key) ?? ''
  const sha256 = digestFromHex(field('sha256'))
  const size = /^\d{1,15}$/.test(field('size')) ? Number(field('size')) : undefined
  const file = field('filename').replace(/^\.\//, '')
  if (sha256 === undefined || size === undefined || !isPoolPath(file)) {
    return fail('debian.index-invalid', `The package index has no valid file name, size and SHA-256 for ${name}.`, {
      remedy: 'Use another mirror, or report this to the operator of the archive.',
      detail: { package: name },
    })
  }
  return {
    locked: { name, version: field('version'), architecture: field('architecture'), base, file, size, sha256 },
    priority: field('priority'),
    relations: remembered((key: RelationField) => parseRelations(field(key))),
  }
}

/** A path that cannot leave its base. */
export function isPoolPath(file: string): boolean {
  return /^[A-Za-z0-9+._~:%@=,-]+(\/[A-Za-z0-9+._~:%@=,-]+)*$/.test(file) && !/(^|\/)\.\.?(\/|$)/.test(file)
}

/** Policy 2.5, the order in which apt prefers providers. */
const priorities = ['required', 'important', 'standard', 'optional']

/**
 * Providers by priority, then by name. apt's order within a priority is that of its cache, which is arbitrary; here a provider that others
 * of them depend on comes first, so the result is never larger: php8.2-cli before libapache2-mod-php8.2, which needs it anyway.
 */
function bestFirst(providers: readonly Candidate[]): readonly Candidate[] {
  const needed = new Set(
    providers.flatMap((each) => [...each.relations('pre-depends'), ...each.relations('depends')].flatMap(soleName)),
  )
  const rank = ({ priority, locked }: Candidate) =>
    2 * ((priorities.indexOf(priority) + priorities.length + 1) % (priorities.length + 1)) +
    (needed.has(locked.name) ? 0 : 1)
  return [...providers].sort((a, b) => rank(a) - rank(b) || (a.locked.name < b.locked.name ? -1 : 1))
}

function soleName(group: RelationGroup): readonly string[] {
  const [only] = group
  return only !== undefined && group.length === 1 ? [only.name] : []
}

function remembered<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, { readonly value: V }>()
  return (key) => {
    const found = known.get(key) ?? { value: compute(key) }
    known.set(key, found)
    return found.value
  }
}
