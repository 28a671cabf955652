/**
 * Debian control data: paragraphs of fields, and the relations between packages that some fields hold.
 *
 * Follows deb822(5) and the Debian Policy Manual, sections 5.1 and 7.1. Text is whatever the caller decoded: everything that is read
 * here is ASCII, so `latin1` text (fast, loses nothing) and UTF-8 text give the same answers. Reading is lenient as apt's is: an
 * architecture list `[…]` and build profiles `<…>` are skipped, and so is a line that is not a field.
 */

/** How a relation compares versions: `<<` is earlier, `>>` later (Policy 7.1). */
export type Comparison = '<<' | '<=' | '=' | '>=' | '>>'

/** One alternative of a relation: a package name, optionally with a version constraint. */
export interface Relation {
  readonly name: string
  readonly comparison?: Comparison
  readonly version?: string
}

/** Alternatives, `a | b`: any one of them satisfies the relation. */
export type RelationGroup = readonly Relation[]

/** Fields by lower-case name; the value of a folded field keeps its line breaks, without the blank that starts each line. */
export type Paragraph = ReadonlyMap<string, string>

/** The paragraphs of a control file, comments left out. */
export function parseParagraphs(text: string): readonly Paragraph[] {
  return text
    .split(/\r?\n(?:[ \t]*\r?\n)+/)
    .map(parseParagraph)
    .filter((paragraph) => paragraph.size > 0)
}

/** The fields of one paragraph. */
export function parseParagraph(text: string): Paragraph {
  const fields = new Map<string, string>()
  let name: string | undefined
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (name !== undefined) fields.set(name, `${fields.get(name) ?? ''}\n${line.slice(1).trimEnd()}`)
      continue
    }
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    name = line.slice(0, colon).toLowerCase()
    fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

const relationRule =
  /^([a-zA-Z0-9][a-zA-Z0-9+.-]*)(?::[a-z0-9-]+)?(?:\s*\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s)]+)\s*\))?(?:\s*\[[^\]]*\])?(?:\s*<[^>]*>)*$/

/** The groups of a relation field, all of which must hold; a malformed alternative is left out. */
export function parseRelations(text: string): readonly RelationGroup[] {
  return text
    .split(',')
    .map((group) => group.split('|').flatMap(parseRelation))
    .filter((group) => group.length > 0)
}

function parseRelation(text: string): readonly Relation[] {
  const match = relationRule.exec(text.trim())
  const name = match?.[1]
  if (name === undefined) return []
  const comparison = comparisonOf(match?.[2])
  const version = match?.[3]
  return [comparison === undefined || version === undefined ? { name } : { name, comparison, version }]
}

/** Policy 7.1: the old `<` and `>` mean "or equal". */
function comparisonOf(text: string | undefined): Comparison | undefined {
  switch (text) {
    case '<':
    case '<=':
      return '<='
    case '>':
    case '>=':
      return '>='
    case '<<':
    case '=':
    case '>>':
      return text
    default:
      return undefined
  }
}

/** A relation as control files write it. Inverse of `parseRelations` for one group. */
export function formatRelations(group: RelationGroup): string {
  return group
    .map(({ name, comparison, version }) => (comparison === undefined ? name : `${name} (${comparison} ${version})`))
    .join(' | ')
}
