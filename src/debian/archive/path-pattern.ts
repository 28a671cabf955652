/** Patterns of paths, as `slipway search --files` takes them. */
import { fail } from '../../base/error.ts'
import { globMatcher } from '../../tree/ignore/glob.ts'
import { entryPathOf } from '../../tree/path.ts'
import { mergedPath } from '../merged-usr.ts'

/** A pattern of paths without "/" at the front, byte strings. */
export interface PathPattern {
  /** Text that each path that matches contains, within one component; empty if there is none. */
  readonly literal: string
  matches(path: string): boolean
}

/**
 * Compiles a pattern: one that starts with "/" is compared with the whole path in an image, any other with its last components; "*", "?" and brackets match
 * within a component, "**" any number of them. One that ends in "/" matches everything below a directory.
 *
 * @throws BuildError argument.invalid, path.invalid
 */
export function pathPattern(given: string): PathPattern {
  const bytes = Buffer.from(given, 'utf8').toString('latin1')
  const isWhole = bytes.startsWith('/')
  const written = bytes.replace(/^\/+/, '').replace(/\/+$/, '/**')
  const body = isWhole ? mergedPath(entryPathOf(written)) : written
  const matches = globMatcher(isWhole ? body : `**/${body}`)
  if (/^\**$/.test(body) || matches === undefined) return refuse(given)
  return { literal: literalIn(body), matches }
}

function literalIn(body: string): string {
  const parts = body
    .replace(/\[[!^]?\]?[^\]]*\]/g, '/')
    .replace(/\\./g, '/')
    .split(/[/*?[\]\\]/)
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

function refuse(given: string): never {
  return fail('argument.invalid', `search: ${JSON.stringify(given)} is not a pattern of paths.`, {
    remedy: 'Write the name of a file or its path, such as "psql", "/usr/bin/psql" or "libssl.so.*".',
  })
}
