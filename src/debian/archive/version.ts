/**
 * Debian versions: `[epoch:]upstream[-revision]`, ordered as dpkg orders them.
 *
 * Follows the Debian Policy Manual, section 5.6.12 ("Version"): non-digits and digits alternate; "~" sorts before the end of the string,
 * letters before everything else; numbers are compared as digit strings, so their length is unlimited.
 */
import type { Comparison } from '../../format/control.ts'

/** Negative if `a` is earlier than `b`, zero if dpkg considers them equal, positive if it is later. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0
  const left = parts(a)
  const right = parts(b)
  return (
    compareNumbers(left.epoch, right.epoch) ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  )
}

/** Tells whether `version` satisfies the comparison with `other`. */
export function versionFits(version: string, comparison: Comparison, other: string): boolean {
  const order = compareVersions(version, other)
  switch (comparison) {
    case '<<':
      return order < 0
    case '<=':
      return order <= 0
    case '=':
      return order === 0
    case '>=':
      return order >= 0
    case '>>':
      return order > 0
  }
}

function parts(version: string): { readonly epoch: string; readonly upstream: string; readonly revision: string } {
  const colon = version.indexOf(':')
  const rest = version.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon < 0 ? '' : version.slice(0, colon),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

function comparePart(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const order = weight(a, i++) - weight(b, j++)
      if (order !== 0) return order
    }
    const left = digitsFrom(a, i)
    const right = digitsFrom(b, j)
    const order = compareNumbers(left, right)
    if (order !== 0) return order
    i += left.length
    j += right.length
  }
  return 0
}

/** Weight of a character in the comparison of non-digits; a digit and the end of the string weigh nothing. */
function weight(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0
  const code = text.charCodeAt(at)
  if (code === 0x7e) return -1
  const letter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
  return letter ? code : code + 256
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}

function digitsFrom(text: string, start: number): string {
  let end = start
  while (end < text.length && isDigit(text, end)) end++
  return text.slice(start, end)
}

function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '')
  const right = b.replace(/^0+/, '')
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0)
}
