/**
 * Files that a package takes over from all others, as its scripts have dpkg note (dpkg-divert(1)): dash's `/bin/sh` is the common one.
 *
 * What scripts take back again is taken back; a name that only running could tell is passed over.
 */
import { parseWords } from './divert-words.ts'
import type { RootPackage } from './input.ts'
import { mentions, possibleCommands } from './scripts/possible.ts'

/** Another package's file is to stand elsewhere. Both names are absolute and as scripts have them, which is how dpkg keeps them. */
export interface Diversion {
  readonly file: string
  /** undefined: only running the script could tell. */
  readonly to: string | undefined
  readonly by: string
}

/** The diversions of a package, in the order of its scripts. */
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

/** dpkg's own record of diversions (dpkg's `lib/dpkg/db-fsys-divert.c`): file, where it stands, whose it is, a line each. */
export function formatDiversions(diversions: readonly Diversion[]): string {
  return diversions.flatMap(({ file, to, by }) => (to === undefined ? [] : [`${file}\n${to}\n${by}\n`])).join('')
}
