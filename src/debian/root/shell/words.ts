/** Reads words: quoting (XCU 2.2), parameters (2.6.2), command substitution (2.6.3), arithmetic (2.6.4) and here-documents (2.7.4). */
import { atEnd, endOfLine, lookingAt, nested, type Scan, Unreadable } from './scan.ts'
import type { Command, Part, Word } from './syntax.ts'

/** Reads the word that starts here. @throws Unreadable */
export function readWord(scan: Scan): Word {
  const start = scan.at
  const parts: Part[] = []
  while (!atEnd(scan) && !/[\s;&|()<>]/.test(scan.text.charAt(scan.at))) readPart(scan, parts)
  return { parts: joined(parts), source: scan.text.slice(start, scan.at) }
}

function readPart(scan: Scan, parts: Part[]): void {
  const character = scan.text.charAt(scan.at)
  if (character === "'") parts.push(readSingleQuoted(scan))
  else if (character === '"') readDoubleQuoted(scan, parts)
  else if (character === '$' || character === '`') parts.push(readExpansion(scan, false))
  else if (lookingAt(scan, '\\\n')) scan.at += 2
  else {
    const quoted = character === '\\'
    if (quoted) scan.at++
    parts.push({ kind: 'text', text: scan.text.charAt(scan.at++), quoted })
  }
}

function readSingleQuoted(scan: Scan): Part {
  const close = scan.text.indexOf("'", scan.at + 1)
  if (close < 0) throw new Unreadable('a quote is not closed')
  const text = scan.text.slice(scan.at + 1, close)
  scan.at = close + 1
  return { kind: 'text', text, quoted: true }
}

function readDoubleQuoted(scan: Scan, parts: Part[]): void {
  parts.push({ kind: 'text', text: '', quoted: true })
  scan.at++
  while (!lookingAt(scan, '"')) {
    if (atEnd(scan)) throw new Unreadable('a quote is not closed')
    readQuotedPart(scan, parts, '$`"\\')
  }
  scan.at++
}

function readQuotedPart(scan: Scan, parts: Part[], escaped: string): void {
  const character = scan.text.charAt(scan.at)
  if (character === '$' || character === '`') {
    parts.push(readExpansion(scan, true))
    return
  }
  if (lookingAt(scan, '\\\n')) {
    scan.at += 2
    return
  }
  if (character === '\\' && escaped.includes(scan.text.charAt(scan.at + 1))) scan.at++
  parts.push({ kind: 'text', text: scan.text.charAt(scan.at++), quoted: true })
}

const parameter = /\$([A-Za-z_]\w*|[0-9@*#?$!-])/y
const braced = /\$\{(#?)([A-Za-z_]\w*|[0-9]+|[@*#?$!-])(:?[-=?+]|%%?|##?|\/\/?)?/y

function readExpansion(scan: Scan, quoted: boolean): Part {
  if (lookingAt(scan, '`')) return { kind: 'command', body: readBackquoted(scan), quoted }
  if (lookingAt(scan, '$((')) return readArithmetic(scan, quoted)
  if (lookingAt(scan, '$(')) {
    scan.at += 2
    const body = nested(scan, () => scan.commands(scan, ')'))
    if (!lookingAt(scan, ')')) throw new Unreadable('a command substitution is not closed')
    scan.at++
    return { kind: 'command', body, quoted }
  }
  if (lookingAt(scan, '${')) return readBraced(scan, quoted)
  parameter.lastIndex = scan.at
  const name = parameter.exec(scan.text)?.[1]
  if (name === undefined) return { kind: 'text', text: scan.text.charAt(scan.at++), quoted }
  scan.at = parameter.lastIndex
  return { kind: 'parameter', name, quoted }
}

function readBraced(scan: Scan, quoted: boolean): Part {
  braced.lastIndex = scan.at
  const [whole, length = '', name = '', operator] = braced.exec(scan.text) ?? []
  if (whole !== undefined) scan.at += whole.length
  else scan.at += 2
  const word: Part[] = []
  nested(scan, () => {
    while (!lookingAt(scan, '}')) {
      if (atEnd(scan)) throw new Unreadable('an expansion is not closed')
      // Quotes around the whole expansion do not quote its pattern.
      const isQuoted = quoted && !/^[%#]/.test(operator ?? '')
      if (isQuoted && !lookingAt(scan, '"') && !lookingAt(scan, "'")) readQuotedPart(scan, word, '$`"\\}')
      else readPart(scan, word)
    }
  })
  scan.at++
  if (whole === undefined) return { kind: 'unknown', quoted }
  if (length !== '') return word.length === 0 ? changed({ name, quoted }, 'length', []) : { kind: 'unknown', quoted }
  if (operator !== undefined) return changed({ name, quoted }, operator, joined(word))
  return word.length === 0 ? { kind: 'parameter', name, quoted } : { kind: 'unknown', quoted }
}

function changed(
  of: { readonly name: string; readonly quoted: boolean },
  operator: string,
  word: readonly Part[],
): Part {
  return { kind: 'parameter', ...of, change: { operator, word } }
}

/** `` `…` ``: its text without the escapes, parsed as a separate script. */
function readBackquoted(scan: Scan): Command {
  let text = ''
  for (scan.at++; !lookingAt(scan, '`'); scan.at++) {
    if (atEnd(scan)) throw new Unreadable('a command substitution is not closed')
    if (lookingAt(scan, '\\') && '$`\\'.includes(scan.text.charAt(scan.at + 1))) scan.at++
    text += scan.text.charAt(scan.at)
  }
  scan.at++
  return nested(scan, () => scan.commands({ ...scan, text, at: 0, due: [] }, ''))
}

function readArithmetic(scan: Scan, quoted: boolean): Part {
  scan.at += 3
  const expression: Part[] = []
  nested(scan, () => {
    for (let open = 0; open > 0 || !lookingAt(scan, '))'); ) {
      if (atEnd(scan)) throw new Unreadable('an arithmetic expansion is not closed')
      if (lookingAt(scan, '(')) open++
      if (lookingAt(scan, ')')) open--
      readQuotedPart(scan, expression, '$`"\\')
    }
  })
  scan.at += 2
  return { kind: 'arithmetic', expression: joined(expression), quoted }
}

/** Reads the texts of pending here-documents, after a line break. */
export function readDueDocuments(scan: Scan): void {
  for (const { terminator, isLiteral, stripsTabs, document } of scan.due.splice(0)) {
    let text = ''
    for (let done = false; !done && !atEnd(scan); ) {
      const end = endOfLine(scan)
      const raw = scan.text.slice(scan.at, end)
      const line = stripsTabs ? raw.replace(/^\t+/, '') : raw
      scan.at = Math.min(end + 1, scan.text.length)
      done = line === terminator
      if (!done) text += `${line}\n`
    }
    document.parts = isLiteral
      ? [{ kind: 'text', text, quoted: true }]
      : readDocument({ ...scan, text, at: 0, due: [] })
  }
}

function readDocument(scan: Scan): readonly Part[] {
  const parts: Part[] = []
  while (!atEnd(scan)) readQuotedPart(scan, parts, '$`\\')
  return joined(parts)
}

/** Joins adjacent texts. */
function joined(parts: readonly Part[]): readonly Part[] {
  const all: Part[] = []
  let run: string[] = []
  for (const [index, part] of parts.entries()) {
    if (part.kind !== 'text') {
      all.push(part)
      continue
    }
    run.push(part.text)
    const next = parts[index + 1]
    if (next?.kind === 'text' && next.quoted === part.quoted) continue
    all.push({ ...part, text: run.join('') })
    run = []
  }
  return all
}
