/**
 * npm's settings on a machine, as npm reads them: environment variables (`npm_config_registry`), then the project's `.npmrc`, then the user's.
 *
 * Values may name environment variables (`${TOKEN}`). They hold secrets: nothing of them goes into a message, a recipe or a store.
 */
import { join } from 'node:path'
import type { Machine } from '../../source/package.ts'

/** Settings by key; the values of a key that is given several times (`ca[]`) in order. */
export type NpmConfig = ReadonlyMap<string, readonly string[]>

/** The settings for a project. @param directory - of its lock file. */
export function npmConfig(directory: string, machine: Machine): NpmConfig {
  const { environment, textOf } = machine
  const own = fromEnvironment(environment)
  const user = own.get('userconfig')?.[0] ?? join(environment.HOME ?? '', '.npmrc')
  const read = (file: string): NpmConfig => parseNpmrc(textOf(file), environment)
  return new Map([...read(user), ...read(join(directory, '.npmrc')), ...own])
}

/** The value of a setting; undefined where it is not set, or set to "null". */
export function settingOf(config: NpmConfig, key: string): string | undefined {
  const value = config.get(key)?.at(-1)
  return value === undefined || value === 'null' || value === '' ? undefined : value
}

/** Variables `npm_config_<key>`, in any case, with "_" for "-" but for keys of hosts. */
function fromEnvironment(environment: Machine['environment']): NpmConfig {
  const found = new Map<string, readonly string[]>()
  for (const [name, value] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1]
    if (key === undefined || value === undefined || value === '') continue
    found.set(key.startsWith('//') ? key : key.toLowerCase().replace(/(?!^)_/g, '-'), [value])
  }
  return found
}

/** The settings in the text of an `.npmrc` (the format of the library "ini"). */
export function parseNpmrc(text: string, environment: Machine['environment']): NpmConfig {
  const found = new Map<string, string[]>()
  for (const line of text.replace(/^\u{feff}/u, '').split(/[\r\n]+/)) {
    const [, left, right = 'true'] = /^\s*([^=;#[][^=]*?)\s*(?:=(.*))?$/.exec(line) ?? []
    if (left === undefined) continue
    const isList = left.endsWith('[]')
    const key = expanded(isList ? left.slice(0, -2) : left, environment)
    const value = expanded(unquoted(right), environment)
    found.set(key, isList ? [...(found.get(key) ?? []), value] : [value])
  }
  return found
}

/** A value is quoted, or ends before ";" or "#"; a backslash keeps one of these. */
function unquoted(text: string): string {
  const trimmed = text.trim()
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(trimmed)
  if (quoted !== null) return (quoted[1] ?? quoted[2] ?? '').replaceAll('\\n', '\n').replaceAll('\\"', '"')
  const plain = /^(?:\\[;#\\]|[^;#])*/.exec(trimmed)?.[0] ?? ''
  return plain.replace(/\\([;#\\])/g, '$1').trim()
}

/** `${NAME}` is the variable's value, or stays where there is none; `${NAME?}` is empty then. */
function expanded(text: string, environment: Machine['environment']): string {
  return text.replace(/(\\*)\$\{([^${}?]+)(\?)?\}/g, (whole, escapes: string, name: string, optional?: string) => {
    if (escapes.length % 2 === 1) return whole.slice((escapes.length + 1) / 2)
    const value = environment[name] ?? (optional === undefined ? `\${${name}}` : '')
    return `${escapes.slice(escapes.length / 2)}${value}`
  })
}
