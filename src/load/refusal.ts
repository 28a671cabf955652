/**
 * Translates Node's reason for not loading a user's file into a `BuildError`: the place first, then the remedy.
 *
 * Errors that slipway itself raised while the file ran keep their code and gain the place of the call.
 */
import { readFileSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BuildError, type Code, errorCode, fail, messageOf } from '../base/error.ts'
import { projectFiles } from './hooks.ts'
import { syntaxLine } from './syntax-line.ts'
import { runningEntry } from './version.ts'

interface Refusal {
  readonly code: Code
  readonly fact: string
  readonly remedy: string
}

/** Throws the error that says why `file` could not be loaded. */
export function refuse(thrown: unknown, file: string, absolute: string): never {
  const place = placeOf(thrown, absolute)
  if (thrown instanceof BuildError) {
    throw new BuildError(thrown.code, `${place}: ${thrown.message}`, { ...thrown.detail, place }, thrown)
  }
  const { code, fact, remedy } = refusalOf(thrown)
  return fail(code, `${place}: ${fact}`, { remedy, cause: thrown, detail: { file, place } })
}

function refusalOf(thrown: unknown): Refusal {
  const message = messageOf(thrown)
  const code = errorCode(thrown)
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return unsupported(message)
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') return dependencyInTypeScript(message)
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT')
    return missing(message)
  if (code === 'ERR_INVALID_TYPESCRIPT_SYNTAX') return unparsable(message)
  if (thrown instanceof SyntaxError)
    return thrown.message.includes('does not provide an export named') ? notProvided(message) : unparsable(message)
  if (/is not defined in ES module scope/.test(message)) return commonJs(message)
  return {
    code: 'load.threw',
    fact: `the file threw ${thrown instanceof Error ? `${thrown.name}: ${message}` : JSON.stringify(message)}${/[.!?]$/.test(message) ? '' : '.'}`,
    remedy: 'Correct it there; --debug shows the stack.',
  }
}

function unsupported(message: string): Refusal {
  const what = /^TypeScript (.+) is not supported in strip-only mode/.exec(message)?.[1] ?? message
  const instead = [
    [/enum/, 'Write a constant object instead: const Color = { red: 0, green: 1 } as const.'],
    [/parameter propert/, 'Declare the field in the class and assign it in the constructor.'],
    [/namespace|module/, 'Write a module or an object instead of a namespace.'],
    [/import.*=|require/i, 'Write import … from "…" instead.'],
    [/export *=/, 'Write export default instead.'],
  ] as const
  const remedy = instead.find(([pattern]) => pattern.test(what))?.[1] ?? 'Write it in plain JavaScript with types.'
  return {
    code: 'load.typescript-only',
    fact: `a TypeScript ${what} needs compilation; slipway only strips types.`,
    remedy,
  }
}

function dependencyInTypeScript(message: string): Refusal {
  const file = /for "(?:file:\/\/)?([^"]+)"/.exec(message)?.[1] ?? ''
  return {
    code: 'load.typescript-only',
    fact: `it imports ${shown(file)}, a TypeScript file under node_modules, and Node does not run those.`,
    remedy: 'Import a compiled version of that package, or copy the file into the project.',
  }
}

function missing(message: string): Refusal {
  const what = /^Cannot find (package|module) '([^']+)'/.exec(message)
  const name = what?.[2] ?? ''
  if (what?.[1] === 'package')
    return {
      code: 'load.import',
      fact: `it imports "${name}", which is not installed.`,
      remedy: `Install it: npm install ${name}.`,
    }
  return {
    code: 'load.import',
    fact: what === null ? `${message}.` : `it imports ${shown(name)}, which does not exist.`,
    remedy: 'Correct the path in the import.',
  }
}

function notProvided(message: string): Refusal {
  const [, from, name] = /module '([^']+)' does not provide an export named '([^']+)'/.exec(message) ?? []
  return {
    code: 'load.import',
    fact: `"${from}" exports no value named "${name}".`,
    remedy: `If it is a type, write: import type { ${name} } from "${from}". Otherwise correct the name.`,
  }
}

function unparsable(message: string): Refusal {
  return { code: 'load.syntax', fact: `the file does not parse: ${message}.`, remedy: 'Correct the syntax.' }
}

function commonJs(message: string): Refusal {
  return {
    code: 'load.syntax',
    fact: `${message.split(',')[0]}.`,
    remedy: 'Write import … from "…" and export, or name the file .cjs.',
  }
}

/** `file:line` in the user's own files, where it can be determined. */
function placeOf(thrown: unknown, absolute: string): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
  const header = /^(file:\/\/\S+|\/[^\n]+):(\d+)$/m.exec(stack.split('\n', 1)[0] ?? '')
  if (header !== null) return `${shown(header[1] ?? '')}:${header[2]}`
  const frame = stack
    .split('\n')
    .map(userFrame)
    .find((found) => found !== undefined)
  if (frame !== undefined) return frame
  const importer = / imported from (\/\S.*)$/m.exec(messageOf(thrown))?.[1]
  if (importer !== undefined)
    return placeInText(importer, /Cannot find (?:package|module) '([^']+)'/.exec(messageOf(thrown))?.[1] ?? '')
  const at = thrown instanceof SyntaxError ? syntaxLine(thrown.message, projectFiles()) : undefined
  return at === undefined ? shown(absolute) : `${shown(at.file)}:${at.line}`
}

function userFrame(line: string): string | undefined {
  const [, url, number] = /^\s+at .*?(file:\/\/[^)\s]+):(\d+):\d+\)?$/.exec(line) ?? []
  if (url === undefined || url.startsWith(ownFolder) || url.includes('/node_modules/')) return undefined
  return `${shown(url)}:${number}`
}

const ownFolder = new URL('.', runningEntry()).href

/** Finds the line that imports a missing module, by the last part of its name: Node reports the resolved name only. */
function placeInText(file: string, missingName: string): string {
  const sought = basename(missingName)
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((text) => /\b(?:import|from|require)\b/.test(text) && text.includes(sought))
  return line < 0 ? shown(file) : `${shown(file)}:${line + 1}`
}

/** Shortens a path to how a person would type it here. */
function shown(fileOrUrl: string): string {
  const file = fileOrUrl.startsWith('file:') ? fileURLToPath(fileOrUrl) : fileOrUrl
  const near = relative('', file)
  return near.startsWith('..') || near === '' ? file : near
}
