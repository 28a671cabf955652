/**
 * Directories, links and empty files that packages declare in usr/lib/tmpfiles.d (tmpfiles.d(5)), which nothing would create in a
 * container: lines `d`, `D`, `v`, `q`, `Q`, `L` and `f` without a `%` specifier, for users that the image has, created if absent. A
 * package's directory that exists gets the owner and mode that its line has; those of a base are as its maker left them.
 */
import { path } from '../../../tree/path.ts'
import { configurationIn, type RootPackage } from '../input.ts'
import { fieldsOf } from '../sysusers.ts'
import { directory, file, link, own, type Rule } from './rule.ts'

/** Rules of one package's files. */
export function tmpfilesRules({ tree, control }: Pick<RootPackage, 'tree' | 'control'>): readonly Rule[] {
  const isBase = control.size === 0
  return configurationIn(tree, path('usr/lib/tmpfiles.d')).flatMap((text) =>
    text.split('\n').flatMap((line) => ruleOf(line, isBase)),
  )
}

function ruleOf(line: string, isBase: boolean): readonly Rule[] {
  const [type = '', at = '', mode = '-', user = '-', group = '-', , ...argument] = fieldsOf(line)
  const letter = type.charAt(0)
  if (at === '' || line.includes('%') || /[*?[]/.test(at)) return []
  const owner = `${user === '-' ? 'root' : user}:${group === '-' ? 'root' : group}`
  if ('dDvqQ'.includes(letter)) {
    const given = { ...(mode === '-' ? {} : { mode: octal(mode, 0o755) }), ...(user + group === '--' ? {} : { owner }) }
    return [isBase ? directory(at, given) : own(at, given)]
  }
  if (letter === 'f' && argument.length === 0) return [file(at, '', { mode: octal(mode, 0o644), owner })]
  const [target] = argument
  return letter === 'L' && target !== undefined ? [link(at, target)] : []
}

function octal(text: string, otherwise: number): number {
  const digits = /^[:~]*([0-7]{3,4})$/.exec(text)?.[1]
  return digits === undefined ? otherwise : Number.parseInt(digits, 8)
}
