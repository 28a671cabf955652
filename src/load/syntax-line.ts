/**
 * Finds the line of a syntax error, which V8 does not report for modules.
 *
 * Idea: compile the module again as a script, for which V8 does report the line. Import and export keywords are blanked out (line numbers stay)
 * and the rest is wrapped in an async function. The result counts only if the message is the same.
 */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { Script } from 'node:vm'
import { messageOf } from '../base/error.ts'

/** Returns the first of the files that fails to compile with this message, and the line; undefined when none does. */
export function syntaxLine(
  message: string,
  files: readonly string[],
): { readonly file: string; readonly line: number } | undefined {
  for (const file of files) {
    const failed = compiled(file)
    if (failed?.message === message) return { file, line: failed.line }
  }
  return undefined
}

function compiled(file: string): { readonly message: string; readonly line: number } | undefined {
  try {
    const text = readFileSync(file, 'utf8')
    const script = asScript(/\.[cm]?ts$/.test(file) ? withoutTypes(text) : text)
    new Script(`(async () => {${script}\n})`, { filename: 'module' })
    return undefined
  } catch (thrown) {
    const line = /^module:(\d+)$/m.exec(thrown instanceof Error ? (thrown.stack ?? '') : '')?.[1]
    return line === undefined ? undefined : { message: messageOf(thrown), line: Number(line) }
  }
}

function asScript(text: string): string {
  return text
    .replace(/^import\b(?!\s*[(.])[^'"]*(['"]).*?\1[^\n;]*/gm, (statement) => statement.replace(/[^\n]/g, ' '))
    .replace(/^export\s+default\b/gm, (words) => words.replace(/\S+\s+\S+/, 'void'.padEnd(words.length)))
    .replace(/^export\b(?!\s*[{*])/gm, '      ')
}

/** Suppresses Node's warning that this function is experimental: it only serves to find a line. */
function withoutTypes(text: string): string {
  const warn = process.emitWarning
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = warn
  }
}
