/**
 * PHP's configuration as its scripts leave it: a package's modules are registered (mods-available) and enabled for every installed
 * interpreter (conf.d), in the order of the priorities in their files; each interpreter has its php.ini.
 */
import { baseName, parent, path, show } from '../../../tree/path.ts'
import { type Closure, copy, link, type Rule } from './rule.ts'

/** Links and copies for all versions of PHP in a closure. */
export const php: Rule = (closure) =>
  [
    ...modulesOf(closure).flatMap((each) => moduleRules(each, closure)),
    ...interpretersOf(closure).map(iniRule),
  ].flatMap((rule) => rule(closure))

interface Module {
  readonly version: string
  readonly file: string
  readonly name: string
  readonly priority: string
}

interface Interpreter {
  readonly version: string
  readonly name: string
}

function modulesOf({ files }: Closure): readonly Module[] {
  return [...files.below(path('usr/share'))].flatMap(({ path: at }) => {
    const version = /^usr\/share\/php(\d+\.\d+)-[^/]+\/[^/]+\/[^/]+\.ini$/.exec(at)?.[1]
    if (version === undefined) return []
    const text = Buffer.from(files.read(at) ?? []).toString('utf8')
    const priority = /^;\s*priority=(\d+)/m.exec(text)?.[1] ?? '20'
    return [{ version, file: show(at), name: baseName(at), priority }]
  })
}

// An installed interpreter has a file of its name.
function interpretersOf({ files }: Closure): readonly Interpreter[] {
  return [...files.below(path('usr/lib/php'))].flatMap(({ path: at }) => {
    const version = /^usr\/lib\/php\/(\d+\.\d+)\/sapi$/.exec(parent(at))?.[1]
    return version === undefined ? [] : [{ version, name: baseName(at) }]
  })
}

function moduleRules({ version, file, name, priority }: Module, closure: Closure): readonly Rule[] {
  const available = `etc/php/${version}/mods-available/${name}`
  return [
    copy(file, available),
    ...interpretersOf(closure)
      .filter((each) => each.version === version)
      .map((each) => link(`etc/php/${version}/${each.name}/conf.d/${priority}-${name}`, `/${available}`)),
  ]
}

function iniRule({ version, name }: Interpreter): Rule {
  const ini = `usr/lib/php/${version}/php.ini-production${name === 'cli' ? '.cli' : ''}`
  return copy(ini, `etc/php/${version}/${name}/php.ini`)
}
