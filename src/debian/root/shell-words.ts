/**
 * Shell text → statements of words, as far as reading maintainer scripts needs: nothing is run, nothing is looked up.
 *
 * Follows POSIX.1-2017, XCU 2.2 (quoting), 2.3 (tokens), 2.6.2 (parameters by name, and with a default). Operators, redirections and parentheses end a
 * statement; here-documents and comments are dropped. What cannot be known without running it (command substitutions, arithmetic,
 * `${x%…}`) becomes an opaque part, never a guess. The start of a function, `name() {`, is the word `name()`.
 */

/** A piece of a word. Text and variables in double quotes are not split. `otherwise` stands for a variable that is empty. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean; readonly otherwise?: readonly Part[] }
  | { readonly kind: 'opaque' }

/** One word, with the text it was written as. */
export interface Word {
  readonly parts: readonly Part[]
  readonly source: string
}

/** One simple command, or what stands between two operators. */
export type Statement = readonly Word[]

/** Splits a script into statements, in order. */
export function parseStatements(script: string): readonly Statement[] {
  const state: Scan = { text: script.replaceAll('\\\n', ''), at: 0, hereDocuments: [] }
  const statements: Statement[] = []
  let words: Word[] = []
  const end = (): void => {
    if (words.length > 0) statements.push(words)
    words = []
  }
  while (state.at < state.text.length) {
    const character = state.text.charAt(state.at)
    if (character === '\n') {
      end()
      state.at++
      skipHereDocuments(state)
    } else if (character === ' ' || character === '\t') state.at++
    else if (character === '#') skipLine(state)
    else if (startsRedirection(state)) skipRedirection(state)
    else if (';&|()'.includes(character)) {
      end()
      state.at++
    } else words.push(readWord(state))
  }
  end()
  return statements
}

interface Scan {
  readonly text: string
  at: number
  /** Terminators whose documents start on the next line. */
  readonly hereDocuments: string[]
}

function skipLine(state: Scan): void {
  const newline = state.text.indexOf('\n', state.at)
  state.at = newline < 0 ? state.text.length : newline
}

const redirection = /\d*(<<-?|>>|<&|>&|<>|>\||[<>])[ \t]*/y

function startsRedirection(state: Scan): boolean {
  redirection.lastIndex = state.at
  return redirection.test(state.text)
}

function skipRedirection(state: Scan): void {
  redirection.lastIndex = state.at
  const operator = redirection.exec(state.text)?.[1] ?? ''
  state.at = redirection.lastIndex
  const target = readWord(state)
  if (operator.startsWith('<<')) state.hereDocuments.push(target.source.replace(/['"\\]/g, ''))
}

function skipHereDocuments(state: Scan): void {
  for (const terminator of state.hereDocuments.splice(0)) {
    for (let done = false; !done && state.at < state.text.length; ) {
      const start = state.at
      skipLine(state)
      done = state.text.slice(start, state.at).replace(/^\t+/, '') === terminator
      state.at++
    }
  }
}

const parentheses = /[ \t]*\(\)/y

function readWord(state: Scan): Word {
  const start = state.at
  const parts: Part[] = []
  while (state.at < state.text.length && !/[\s;&|()<>]/.test(state.text.charAt(state.at)))
    parts.push(...readPart(state))
  parentheses.lastIndex = state.at
  if (parts.length > 0 && parentheses.test(state.text)) {
    const name = `${state.text.slice(start, state.at)}()`
    state.at = parentheses.lastIndex
    return { parts: [{ kind: 'text', text: name }], source: name }
  }
  return { parts, source: state.text.slice(start, state.at) }
}

function readPart(state: Scan): readonly Part[] {
  const character = state.text.charAt(state.at)
  if (character === "'") return [readSingleQuoted(state)]
  if (character === '"') return readDoubleQuoted(state)
  if (character === '$' || character === '`') return [readExpansion(state, false)]
  if (character === '\\') state.at++
  return [{ kind: 'text', text: state.text.charAt(state.at++) }]
}

function readSingleQuoted(state: Scan): Part {
  const start = state.at + 1
  const close = state.text.indexOf("'", start)
  state.at = close < 0 ? state.text.length : close + 1
  return { kind: 'text', text: state.text.slice(start, state.at - 1) }
}

function readDoubleQuoted(state: Scan): readonly Part[] {
  const parts: Part[] = [{ kind: 'text', text: '' }]
  state.at++
  while (state.at < state.text.length && state.text.charAt(state.at) !== '"') {
    const character = state.text.charAt(state.at)
    if (character === '$' || character === '`') parts.push(readExpansion(state, true))
    else {
      if (character === '\\' && '$`"\\'.includes(state.text.charAt(state.at + 1))) state.at++
      parts.push({ kind: 'text', text: state.text.charAt(state.at++) })
    }
  }
  state.at++
  return parts
}

const parameter = /\$(?:([A-Za-z_]\w*|[1-9])|\{([A-Za-z_]\w*|[1-9])\})/y
const parameterOrDefault = /\$\{([A-Za-z_]\w*|[1-9]):-([\w./$-]*)\}/y

function readExpansion(state: Scan, quoted: boolean): Part {
  parameter.lastIndex = state.at
  const found = parameter.exec(state.text)
  if (found !== null) {
    state.at = parameter.lastIndex
    return { kind: 'variable', name: found[1] ?? found[2] ?? '', quoted }
  }
  parameterOrDefault.lastIndex = state.at
  const [, name, otherwise] = parameterOrDefault.exec(state.text) ?? []
  if (name !== undefined && otherwise !== undefined) {
    state.at = parameterOrDefault.lastIndex
    return { kind: 'variable', name, quoted, otherwise: defaultParts(otherwise) }
  }
  const opening = state.text.slice(state.at, state.at + 2)
  if (opening === '$(') skipNested(state, ['(', ')'])
  else if (opening === '${') skipNested(state, ['{', '}'])
  else if (opening.startsWith('`')) state.at = endOf(state.text.indexOf('`', state.at + 1), state)
  else if (/^\$[0@*#?$!-]/.test(opening)) state.at += 2
  else {
    state.at++
    return { kind: 'text', text: '$' }
  }
  return { kind: 'opaque' }
}

/** A default of letters and of variables by name. */
function defaultParts(text: string): readonly Part[] {
  const scan: Scan = { text, at: 0, hereDocuments: [] }
  const parts: Part[] = []
  while (scan.at < text.length) parts.push(...readPart(scan))
  return parts
}

function endOf(close: number, state: Scan): number {
  return close < 0 ? state.text.length : close + 1
}

function skipNested(state: Scan, [open, close]: readonly [string, string]): void {
  let depth = 0
  for (state.at++; state.at < state.text.length; state.at++) {
    const character = state.text.charAt(state.at)
    if (character === '\\') state.at++
    else if (character === "'") state.at = endOf(state.text.indexOf("'", state.at + 1), state) - 1
    else if (character === open) depth++
    else if (character === close && --depth === 0) break
  }
  state.at++
}
