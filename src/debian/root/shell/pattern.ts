/** Patterns (XCU 2.13): `*`, `?`, `[…]`; a backslash quotes the next character. */

type Token = { readonly kind: 'many' } | { readonly kind: 'one'; readonly matches: (character: string) => boolean }

/** Tells whether a pattern matches a whole string. Takes time proportional to at most the product of the lengths. */
export function matches(pattern: string, text: string): boolean {
  const tokens = tokensOf(pattern)
  let [at, token] = [0, 0]
  let retry: { readonly token: number; at: number } | undefined
  while (at < text.length || token < tokens.length) {
    const next = tokens[token]
    if (next?.kind === 'many') {
      retry = { token, at }
      token++
    } else if (next !== undefined && at < text.length && next.matches(text.charAt(at))) {
      at++
      token++
    } else if (retry !== undefined && retry.at < text.length) {
      at = ++retry.at
      token = retry.token + 1
    } else return false
  }
  return true
}

/** Tells whether a string has a special meaning as a pattern. */
export function isPattern(pattern: string): boolean {
  let isOpen = false
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    if (character === '\\') at++
    else if (character === '*' || character === '?' || (character === ']' && isOpen)) return true
    else if (character === '[') isOpen = true
  }
  return false
}

/** Escapes a string, so that as a pattern it matches only itself. */
export function literal(text: string): string {
  return text.replace(/[*?[\]\\!-]/g, '\\$&')
}

/** Removes the backslashes of a pattern. */
function unescaped(pattern: string): string {
  return pattern.replace(/\\([\s\S])/g, '$1')
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    const set = character === '[' ? setAt(pattern, at) : undefined
    if (character === '*') tokens.push({ kind: 'many' })
    else if (character === '?') tokens.push({ kind: 'one', matches: () => true })
    else if (set !== undefined) {
      tokens.push({ kind: 'one', matches: set.matches })
      at = set.end
    } else {
      const own = character === '\\' && at + 1 < pattern.length ? pattern.charAt(++at) : character
      tokens.push({ kind: 'one', matches: (other) => other === own })
    }
  }
  return tokens
}

const classes: ReadonlyMap<string, RegExp> = new Map([
  ['alpha', /[A-Za-z]/],
  ['alnum', /[A-Za-z0-9]/],
  ['digit', /[0-9]/],
  ['lower', /[a-z]/],
  ['upper', /[A-Z]/],
  ['space', /\s/],
  ['punct', /[!-/:-@[-`{-~]/],
])

function setAt(
  pattern: string,
  start: number,
): { readonly matches: (character: string) => boolean; readonly end: number } | undefined {
  const [whole, negation = '', body = ''] =
    /^\[([!^]?)((?:\]|\\.)?(?:\[:\w+:\]|\\.|[^\]\\])*)\]/s.exec(pattern.slice(start)) ?? []
  if (whole === undefined) return undefined
  const items = [...body.matchAll(/\[:(\w+):\]|(\\?.)(?:-(\\?[^\]]))?/gs)].map(
    ([, name, from = '', to = from]) =>
      (character: string): boolean =>
        name === undefined
          ? character >= unescaped(from) && character <= unescaped(to)
          : classes.get(name)?.test(character) === true,
  )
  const found = (character: string) => items.some((item) => item(character)) !== (negation !== '')
  return { matches: found, end: start + whole.length - 1 }
}
