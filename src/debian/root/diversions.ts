/**
 * Files that a package takes over from all others, as its scripts have dpkg note (dpkg-divert(1)): dash's `/bin/sh` is the common one.
 *
 * Scripts are read as `scriptCommands` does. What they take back again is taken back; a name that only running could tell is passed over.
 */
import { installScripts, type RootPackage } from './input.ts'
import { scriptCommands } from './script-commands.ts'

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
  for (const { words } of installScripts({ control }).flatMap(scriptCommands)) {
    const [program, ...rest] = words
    if (program?.endsWith('dpkg-divert') !== true) continue
    const { action, by, to, file } = parseWords(rest)
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

interface Said {
  action: 'add' | 'remove' | 'ask'
  by?: string | undefined
  to?: string | undefined
  file?: string | undefined
}

const asking = new Set(['--list', '--listpackage', '--truename', '--help', '--version'])
const withValue = new Set(['--admindir', '--instdir', '--root'])

function parseWords(words: readonly (string | undefined)[]): Said {
  const said: Said = { action: 'add' }
  let to: { readonly name: string | undefined } | undefined
  for (let index = 0; index < words.length; index++) {
    const word = words[index]
    if (word === '--package') said.by = words[++index]
    else if (word === '--divert') to = { name: words[++index] }
    else if (word !== undefined && withValue.has(word)) index++
    else if (word === '--remove') said.action = 'remove'
    else if (word !== undefined && asking.has(word)) said.action = 'ask'
    else if (word?.startsWith('/') === true) said.file = word
  }
  return { ...said, to: to === undefined ? `${said.file}.distrib` : to.name }
}
