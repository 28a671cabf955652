/** Which Essential packages a set's images have: the option `essential`. */
import type { Universe } from './archive/universe.ts'
import type { DebianSet } from './options.ts'

/** Essential packages that people look for in a root file system. */
const toolPackages: readonly string[] = ['coreutils', 'dash', 'findutils', 'grep', 'sed']

/** Tells whether Essential packages are chosen with all that they depend on, instead of being laid out as data. */
export function isChosen({ essential }: Pick<DebianSet, 'essential'>): boolean {
  return essential === 'all' || essential === 'tools'
}

/** The Essential packages of a set that are chosen whether or not something asks for them. */
export function essentialOf({ essential }: DebianSet, universe: Universe): readonly string[] {
  if (essential === 'all') return universe.essential
  return essential === 'tools' ? toolPackages.filter((name) => universe.candidate(name) !== undefined) : []
}
