/** Reads a script character by character: position, blanks, comments and pending here-documents. */
import type { Command, Part } from './syntax.ts'

/** A here-document whose text starts on the next line. */
export interface DueDocument {
  readonly terminator: string
  readonly isLiteral: boolean
  readonly stripsTabs: boolean
  readonly document: { parts: readonly Part[] }
}

/** State of the scanner. */
export interface Scan {
  readonly text: string
  at: number
  readonly due: DueDocument[]
  /** Current nesting depth. */
  depth: number
  /** Reads commands up to `close` (or the end), which stays unread. */
  readonly commands: (scan: Scan, close: string) => Command
}

/** Raised for text that is not a shell script, and caught by `parseScript`. */
export class Unreadable extends Error {}

// No real script nests deeper; hostile ones must end before the stack overflows.
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

/** Skips blanks, joined lines and a comment, but no line break. */
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

/** Offset of the next line break, or of the end of the text. */
export function endOfLine({ text, at }: Scan): number {
  const found = text.indexOf('\n', at)
  return found < 0 ? text.length : found
}
