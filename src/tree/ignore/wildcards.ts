/** Wildcard patterns as regular expressions, without the exponential time that backtracking takes for many wildcards. */

/** What a wildcard repeats: any characters but "/", any characters, or directories. */
const repeated = { name: '[^/]*', path: '.*', directories: '(?:.*/)?' } as const

/** A part of a pattern: a wildcard, or the source of an expression without repetitions. */
export type Piece = { readonly any: keyof typeof repeated } | { readonly source: string }

// Up to so many attempts, backtracking takes no time that anyone notices.
const mostAttempts = 1e8

/** Compiles a pattern to a predicate on whole strings. @throws SyntaxError */
export function wildcards(pieces: readonly Piece[], flags: 's' | 'u'): (text: string) => boolean {
  const whole = new RegExp(
    `^${pieces.map((piece) => ('any' in piece ? repeated[piece.any] : piece.source)).join('')}$`,
    flags,
  )
  const wildcardCount = pieces.filter((piece) => 'any' in piece).length
  const steps = merged(pieces).map((piece) => ('any' in piece ? piece.any : new RegExp(piece.source, `${flags}y`)))
  // Without the flag "s", "." matches anything but the end of a line.
  const lineEnd = whole.dotAll ? '' : '\n'
  return (text) => {
    if (text.length ** wildcardCount <= mostAttempts) return whole.test(text)
    let ends: readonly number[] = [0]
    for (const step of steps)
      ends =
        typeof step === 'string'
          ? extended(step, text, ends, step === 'name' ? '/' : lineEnd)
          : matched(step, text, ends)
    return ends.at(-1) === text.length
  }
}

/** Joins neighbouring sources. */
function merged(pieces: readonly Piece[]): readonly Piece[] {
  const all: Piece[] = []
  for (const piece of pieces) {
    const last = all.at(-1)
    if (last !== undefined && 'source' in last && 'source' in piece)
      all[all.length - 1] = { source: last.source + piece.source }
    else all.push(piece)
  }
  return all
}

/** Returns where an expression ends that starts at one of the given ascending positions. */
function matched(expression: RegExp, text: string, starts: readonly number[]): readonly number[] {
  return starts.flatMap((start) => {
    expression.lastIndex = start
    return expression.test(text) ? [expression.lastIndex] : []
  })
}

/** Returns where a wildcard ends that starts at one of the given ascending positions. */
function extended(
  any: keyof typeof repeated,
  text: string,
  starts: readonly number[],
  stop: string,
): readonly number[] {
  const ends: number[] = []
  const given = new Set(starts)
  let isInside = false
  for (let at = starts[0] ?? text.length + 1; at <= text.length; at++) {
    const before = text.charAt(at - 1)
    isInside = given.has(at) || (isInside && before !== stop)
    if (isInside && (any !== 'directories' || before === '/' || given.has(at))) ends.push(at)
  }
  return ends
}
