/**
 * Finds the line of a syntax error that V8 reported without its place, as it does for modules.
 *
 * Idea: a module is compiled once more as a script, which does tell the line. For that its import and export keywords are blanked out (lines
 * stay where they are) and the rest is put into an async function. Only a complaint with the same words is believed.
 */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { Script } from 'node:vm'
import { messageOf } from '../base/error.ts'

/** The first of the files in which compiling fails with this message, and the line; undefined when none does. */
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

/** Node warns that this function is experimental; here it only serves to say a line, so nobody need be told. */
function withoutTypes(text: string): string {
  const warn = process.emitWarning
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = warn
  }
}
