/**
 * Files that a package takes over from all others, as its scripts tell dpkg (dpkg-divert(1)): dash's `/bin/sh` is the common one.
 *
 * Diversions that scripts remove again are removed; a name that depends on running the script is skipped.
 */
import { parseWords } from './divert-words.ts'
import type { RootPackage } from './input.ts'
import { mentions, possibleCommands } from './scripts/possible.ts'

/** A diversion of another package's file. Both names are absolute and spelled as in scripts, which is how dpkg keeps them. */
export interface Diversion {
  readonly file: string
  /** undefined: only running the script could tell. */
  readonly to: string | undefined
  readonly by: string
}

/** Diversions of a package, in the order of its scripts. */
export function diversionsOf({ name, control }: Pick<RootPackage, 'name' | 'control'>): readonly Diversion[] {
  const diverted = new Map<string, Diversion>()
  if (!mentions({ control }, 'dpkg-divert')) return []
  for (const { name: program, words } of possibleCommands({ name, control })) {
    if (!program.endsWith('dpkg-divert')) continue
    const { action, by, to, file } = parseWords(words)
    if (by !== name || file === undefined) continue
    if (action === 'add') diverted.set(file, { file, to, by })
    else if (action === 'remove') diverted.delete(file)
  }
  return [...diverted.values()]
}

/** dpkg's own record of diversions (dpkg's `lib/dpkg/db-fsys-divert.c`): file, new name, package, one line each. */
export function formatDiversions(diversions: readonly Diversion[]): string {
  return diversions.flatMap(({ file, to, by }) => (to === undefined ? [] : [`${file}\n${to}\n${by}\n`])).join('')
}
