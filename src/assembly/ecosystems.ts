/** Ecosystems of an image's packages, and the image's use of each (source/ecosystem.ts). */
import { fail } from '../base/error.ts'
import { type EcosystemUse, ecosystemOf, type Using } from '../source/ecosystem.ts'
import type { Recipe } from '../source/package.ts'

/** One use, with the name of its ecosystem. */
export interface Used {
  readonly kind: string
  readonly use: EcosystemUse
}

/** Returns the uses of ecosystems by some recipes, in the order of the ecosystems' names. @throws BuildError those of the ecosystems */
export function usesOf(recipes: readonly Recipe[], image: string, how: Using = { configure: false }): readonly Used[] {
  const byKind = Map.groupBy(recipes, (recipe) => ecosystemOf(recipe)?.kind ?? '')
  return [...byKind]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([kind, own]) => {
      const [first] = own
      const uses = first === undefined ? undefined : ecosystemOf(first)?.uses(own, image, how)
      return (uses ?? []).map((use) => ({ kind, use }))
    })
}

/** Returns the architecture that packages are for, if any of them specifies one. @throws BuildError image.architectures */
export function architectureOf(uses: readonly Used[], image: string): string | undefined {
  const stated = uses.flatMap(({ kind, use: { architecture } }) =>
    architecture === undefined ? [] : [{ kind, architecture }],
  )
  const [first] = stated
  const other = stated.find(({ architecture }) => architecture !== first?.architecture)
  if (first === undefined || other === undefined) return first?.architecture
  return fail(
    'image.architectures',
    `${image} has packages of ${first.kind} for ${first.architecture} and packages of ${other.kind} for ${other.architecture}.`,
    {
      remedy: 'Give both sets the same architecture, or build an image for each.',
      detail: { first: first.architecture, second: other.architecture },
    },
  )
}
