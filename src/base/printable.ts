/**
 * Makes text from outside (tags, names, messages) safe for a terminal: nothing in it moves the cursor, changes colours or writing
 * direction, hides, or fills the screen.
 */

/** Controls, format characters such as bidi marks, line and paragraph separators, unpaired surrogates (Unicode, 4.5). */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const shortForms: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const longestLine = 1000
const mostLines = 60

/** Formats one line: unprintable characters as `\x1b` or `\u202e`; strings over `longest` characters lose their middle. */
export function printable(text: string, longest: number = longestLine): string {
  return shortened(text, longest).replace(unprintable, (found) => shortForms[found] ?? escaped(found))
}

/** Formats up to 60 lines; all but the first are indented, so that none looks like a message of slipway's own. */
export function printableLines(text: string): string {
  const [first = '', ...others] = text.split('\n', mostLines + 1)
  const more = others.length === mostLines ? ['  …'] : []
  const shown = others.slice(0, mostLines - 1).map((line) => printable(line).replace(/^ {0,2}/, '  '))
  return [printable(first), ...shown, ...more].join('\n')
}

/** Formats a value as JSON: the same value for programs, safe on a terminal. */
export function printableJson(value: unknown, indentation?: number): string {
  // Line breaks separate values only: those inside strings are escaped already.
  return JSON.stringify(value, null, indentation).replace(unprintable, (found) =>
    found === '\n' ? found : inJson(found),
  )
}

function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text
  const kept = Math.floor(longest / 2)
  return `${text.slice(0, kept)}…[${text.length - 2 * kept} characters]…${text.slice(-kept)}`
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}

function inJson(character: string): string {
  return character.replace(/[\0-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
