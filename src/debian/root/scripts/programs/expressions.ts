/** Regular expressions of grep and sed (XBD 9), limited to those that are certain to be fast. */

/** Kind of an expression. */
export interface Flags {
  readonly isFixed: boolean
  readonly isExtended: boolean
  readonly ignoresCase: boolean
  readonly isWord: boolean
  readonly isLine: boolean
}

// With few repetitions, few groups with alternatives and short lines no backtracking takes long.
const mostRepetitions = 3
const mostChoices = 3
const longest = 200

/** Compiles an expression to a predicate on lines; undefined if it is not supported. */
export function compiled(pattern: string, flags: Flags): ((line: string) => boolean) | undefined {
  const source = flags.isFixed ? escapedText(pattern) : translated(pattern, flags.isExtended)
  if (source === undefined) return undefined
  const whole = flags.isLine ? `^(?:${source})$` : flags.isWord ? `(?<!\\w)(?:${source})(?!\\w)` : source
  const expression = asExpression(whole, flags.ignoresCase ? 'i' : '')
  return expression === undefined ? undefined : (line) => expression.test(line)
}

function escapedText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function asExpression(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags)
  } catch {
    return undefined
  }
}

const classes: Readonly<Record<string, string>> = {
  '[:space:]': '\\s',
  '[:blank:]': ' \\t',
  '[:alpha:]': 'A-Za-z',
  '[:digit:]': '0-9',
  '[:alnum:]': 'A-Za-z0-9',
  '[:upper:]': 'A-Z',
  '[:lower:]': 'a-z',
}

/** Converts a POSIX expression to JavaScript's syntax; undefined for repeated groups, back-references and other rare features. */
export function translated(pattern: string, isExtended: boolean): string | undefined {
  if (pattern.length > longest) return undefined
  let source = ''
  let [repetitions, choices, depth] = [0, 0, 0]
  let isChoice = false
  for (const [token] of pattern.matchAll(/\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|\\.|./gs)) {
    const next =
      token.startsWith('[') && token.length > 1
        ? set(token)
        : tokenOf(token, isExtended, source === '' || source.endsWith('|') || source.endsWith('('))
    if (next === undefined) return undefined
    if (/^[*+?]$/.test(next) && (++repetitions > mostRepetitions || source.endsWith(')'))) return undefined
    if (next === '(' || next === ')') {
      depth += next === '(' ? 1 : -1
      isChoice = false
    } else if (next === '|' && depth > 0 && !isChoice) {
      if (++choices > mostChoices) return undefined
      isChoice = true
    }
    source += next
  }
  return source
}

function set(token: string): string {
  const named = token.replace(/\[:\w+:\]/g, (name) => classes[name] ?? '')
  return named
    .replace(/\\(?![stdw])/g, '\\\\')
    .replace(/^(\[\^?)\]/, '$1\\]')
    .replace(/(?!^)\[/g, '\\[')
}

/** In basic expressions `\(`, `\|`, `\+`, `\?` have the meaning that extended ones write without a backslash. */
function tokenOf(token: string, isExtended: boolean, isFirst: boolean): string | undefined {
  const character = token.at(-1) ?? ''
  const isEscaped = token.length > 1
  if ('()|+?'.includes(character)) return isEscaped === isExtended ? `\\${character}` : character
  if (character === '{' || character === '}') return isEscaped === isExtended ? `\\${character}` : undefined
  if (character === '*' && !isEscaped) return isFirst ? '\\*' : '*'
  if (isEscaped)
    return /[1-9]/.test(character) ? undefined : /[wWsSbB<>]/.test(character) ? gnu(character) : escapedText(character)
  return character === '.' || character === '^' || character === '$' ? character : escapedText(character)
}

function gnu(letter: string): string {
  return letter === '<' || letter === '>' ? '\\b' : `\\${letter}`
}
