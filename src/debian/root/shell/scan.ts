/** Reading a script character by character: where the reader is, blanks, comments and the here-documents that are due. */
import type { Command, Part } from './syntax.ts'

/** A here-document whose text begins on the next line. */
export interface DueDocument {
  readonly terminator: string
  readonly isLiteral: boolean
  readonly stripsTabs: boolean
  readonly document: { parts: readonly Part[] }
}

/** The state of reading. */
export interface Scan {
  readonly text: string
  at: number
  readonly due: DueDocument[]
  /** How deep constructs are nested here. */
  depth: number
  /** Reads commands up to `close` (or the end), which stays unread. */
  readonly commands: (scan: Scan, close: string) => Command
}

/** Raised for text that is no shell script, and caught by `parseScript`. */
export class Unreadable extends Error {}

// No real script nests deeper; hostile ones must end before the stack does.
const deepest = 100

/** Reads one level deeper. @throws Unreadable */
export function nested<T>(scan: Scan, read: () => T): T {
  if (++scan.depth > deepest) throw new Unreadable(`more than ${deepest} levels`)
  const result = read()
  scan.depth--
  return result
}

export function atEnd({ text, at }: Scan): boolean {
  return at >= text.length
}

export function lookingAt({ text, at }: Scan, what: string): boolean {
  return text.startsWith(what, at)
}

/** Skips blanks, joined lines and a comment, but no line end. */
export function skipBlanks(scan: Scan): void {
  for (; !atEnd(scan); scan.at++) {
    const character = scan.text.charAt(scan.at)
    if (character === ' ' || character === '\t' || character === '\r') continue
    if (lookingAt(scan, '\\\n')) scan.at++
    else if (character === '#') {
      scan.at = endOfLine(scan)
      return
    } else return
  }
}

/** The offset of the next line end, or of the text's. */
export function endOfLine({ text, at }: Scan): number {
  const found = text.indexOf('\n', at)
  return found < 0 ? text.length : found
}
