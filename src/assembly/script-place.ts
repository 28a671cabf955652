/**
 * Locates a line of a script in the user's own file: the script is a string in the call, so the search begins at the call.
 * A store path in the script matches anything in the file.
 */
import { siteOf } from '../source/call-sites.ts'
import type { Workshop } from '../source/package.ts'

/** Returns a function that maps a line of the script, from 1, to a place such as `image.ts:12`; undefined if the file cannot be read. */
export function lineIn(
  { text }: { readonly text: string },
  { project }: Workshop,
): (line: number) => string | undefined {
  return (line) => {
    const site = siteOf(text)
    const bytes = site === undefined ? undefined : project.read(site.file)
    if (site === undefined || bytes === undefined) return undefined
    const file = Buffer.from(bytes).toString('utf8').split('\n')
    return `${site.file}:${findLine(file, text.split('\n'), { from: site.line - 1, line }) ?? site.line}`
  }
}

interface Wanted {
  /** First line of the file to search, from 0. */
  readonly from: number
  /** Line of the script, from 1. */
  readonly line: number
}

/** Returns the line of the file, from 1. Of several matches, the one whose surrounding lines match best. */
function findLine(file: readonly string[], script: readonly string[], { from, line }: Wanted): number | undefined {
  const matches = script.map(matcher)
  let best: { readonly at: number; readonly score: number } | undefined
  for (let at = from; at < file.length; at++) {
    if (matches[line - 1]?.(file[at] ?? '') !== true) continue
    const start = at - (line - 1)
    const score = matches.filter((each, index) => each(file[start + index] ?? '')).length
    if (best === undefined || score > best.score) best = { at, score }
  }
  return best === undefined ? undefined : best.at + 1
}

const storePath = /\/nix\/store\/[0-9a-z]{32}-[0-9A-Za-z+\-._?=]+/

/** A `${…}` of a template literal is a store path in the script; quotes surround the first and last line. */
function matcher(line: string): (text: string) => boolean {
  const parts = line.trim().split(storePath)
  return (text) =>
    line.trim() !== '' && hasInOrder(text.replaceAll('\\`', '`').replaceAll('\\$', '$').replaceAll('\\\\', '\\'), parts)
}

/** Returns whether all parts occur in a line in this order, at least one character apart. */
function hasInOrder(text: string, parts: readonly string[]): boolean {
  let end = -1
  for (const part of parts) {
    const at = end < text.length ? text.indexOf(part, end + 1) : -1
    if (at < 0) return false
    end = at + part.length
  }
  return true
}
