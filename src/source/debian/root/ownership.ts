/** Owners and modes that maintainer scripts set with literal `dpkg-statoverride --update --add USER GROUP MODE PATH` (dpkg-statoverride(1)). */
import { mergedPath } from '../../../store/merged-usr.ts'
import { path } from '../../../tree/path.ts'
import { installScripts, type RootPackage } from './input.ts'
import { own, type Rule } from './rules.ts'
import { type ScriptCommand, scriptCommands } from './script-commands.ts'

/** The rules of one package's scripts. */
export function ownershipRules(from: Pick<RootPackage, 'control'>): readonly Rule[] {
  return installScripts(from).flatMap(scriptCommands).flatMap(ruleOf)
}

function ruleOf({ words }: ScriptCommand): readonly Rule[] {
  const add = words.indexOf('--add')
  if (words[0] !== 'dpkg-statoverride' || add < 0 || !words.includes('--update')) return []
  const [user, group, mode, at] = words.slice(add + 1).filter((word) => word === undefined || !word.startsWith('-'))
  if (user === undefined || group === undefined || at === undefined || !/^[0-7]{3,4}$/.test(mode ?? '')) return []
  const owned = own(at, { mode: Number.parseInt(mode ?? '', 8), owner: `${user}:${group}` })
  // dpkg-statoverride changes what is there and makes nothing.
  return [(closure) => (closure.files.resolve(mergedPath(path(at))) === undefined ? [] : owned(closure))]
}
