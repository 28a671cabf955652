/** Owners and modes that maintainer scripts set with literal `dpkg-statoverride --update --add USER GROUP MODE PATH` (dpkg-statoverride(1)). */

import { path } from '../../../tree/path.ts'
import { mergedPath } from '../../merged-usr.ts'
import { installScripts, type RootPackage } from '../input.ts'
import { type ScriptCommand, scriptCommands } from '../script-commands.ts'
import { own, type Rule } from './rule.ts'

/** One recorded owner and mode. */
export interface Override {
  readonly user: string
  readonly group: string
  /** Octal digits, as written. */
  readonly mode: string
  readonly at: string
}

/** What one package's scripts record. */
export function overridesOf(from: Pick<RootPackage, 'control'>): readonly Override[] {
  return installScripts(from).flatMap(scriptCommands).flatMap(overrideOf)
}

/** The rule that does what dpkg-statoverride does: it changes what is there and makes nothing. */
export function overrideRule({ user, group, mode, at }: Override): Rule {
  const owned = own(at, { mode: Number.parseInt(mode, 8), owner: `${user}:${group}` })
  return (closure) => (closure.files.resolve(mergedPath(path(at))) === undefined ? [] : owned(closure))
}

function overrideOf({ words }: ScriptCommand): readonly Override[] {
  const add = words.indexOf('--add')
  if (words[0] !== 'dpkg-statoverride' || add < 0 || !words.includes('--update')) return []
  const [user, group, mode, at] = words.slice(add + 1).filter((word) => word === undefined || !word.startsWith('-'))
  if (user === undefined || group === undefined || at === undefined) return []
  return mode !== undefined && /^[0-7]{3,4}$/.test(mode) ? [{ user, group, mode, at }] : []
}
