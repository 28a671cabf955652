/**
 * Where a line of a script is in the user's own file: the script is a string of the call, so its lines are looked for from the call on.
 * What a placeholder stood for may be anything.
 */
import { siteOf } from '../source/call-sites.ts'
import type { Workshop } from '../source/package.ts'

/** Answers with `image.ts:12` for a line of the script, from 1; undefined where the file does not have it as it is. */
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
  /** Counted from 0. */
  readonly from: number
  /** Counted from 1. */
  readonly line: number
}

/** The line of the file, from 1. Of several places the one that the lines around agree with most. */
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

/** What a template literal writes as `${…}` is a store path in the script; the first and last line have quotes around them. */
function matcher(line: string): (text: string) => boolean {
  const parts = line.trim().split(storePath)
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')
  const found = new RegExp(pattern)
  return (text) =>
    line.trim() !== '' && found.test(text.replaceAll('\\`', '`').replaceAll('\\$', '$').replaceAll('\\\\', '\\'))
}
