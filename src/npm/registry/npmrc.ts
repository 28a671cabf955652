/**
 * Reads npm's settings as npm does: environment variables (`npm_config_registry`), then the project's `.npmrc`, then the user's.
 *
 * Values may refer to environment variables (`${TOKEN}`). They may be secrets: they must never appear in a message, a recipe or the store.
 */
import { join } from 'node:path'
import type { Machine } from '../../source/package.ts'

/** Settings by key; a key that occurs several times (`ca[]`) has its values in order. */
export type NpmConfig = ReadonlyMap<string, readonly string[]>

/** Reads the settings for a project. @param directory - directory of its lock file. */
export function npmConfig(directory: string, machine: Machine): NpmConfig {
  const { environment, textOf } = machine
  const own = fromEnvironment(environment)
  const user = own.get('userconfig')?.[0] ?? join(environment.HOME ?? '', '.npmrc')
  const read = (file: string): NpmConfig => parseNpmrc(textOf(file), environment)
  return new Map([...read(user), ...read(join(directory, '.npmrc')), ...own])
}

/** Returns the value of a setting; undefined if it is not set, empty, or "null". */
export function settingOf(config: NpmConfig, key: string): string | undefined {
  const value = config.get(key)?.at(-1)
  return value === undefined || value === 'null' || value === '' ? undefined : value
}

/** Reads variables `npm_config_<key>`, in upper or lower case, with "_" for "-" except in keys of hosts. */
function fromEnvironment(environment: Machine['environment']): NpmConfig {
  const found = new Map<string, readonly string[]>()
  for (const [name, value] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1]
    if (key === undefined || value === undefined || value === '') continue
    found.set(key.startsWith('//') ? key : key.toLowerCase().replace(/(?!^)_/g, '-'), [value])
  }
  return found
}

/** Parses the text of an `.npmrc` (the format of the library "ini"). */
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

/** Expands variables: an unset `${NAME}` is left unchanged; an unset `${NAME?}` becomes empty. */
function expanded(text: string, environment: Machine['environment']): string {
  return text.replace(/(\\*)\$\{([^${}?]+)(\?)?\}/g, (whole, escapes: string, name: string, optional?: string) => {
    if (escapes.length % 2 === 1) return whole.slice((escapes.length + 1) / 2)
    const value = environment[name] ?? (optional === undefined ? `\${${name}}` : '')
    return `${escapes.slice(escapes.length / 2)}${value}`
  })
}
