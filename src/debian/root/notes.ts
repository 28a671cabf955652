/** What slipway could not work out about packages, as text. */
import type { PackageNote } from './input.ts'

// Longer commands tell nobody more.
const longest = 200

/** One note in one line. @example "mysql-server: mysqld --initialize (slipway does not run programs)" */
export function formatNote({ package: name, command, reason }: PackageNote): string {
  const whole = escaped(command.replace(/\s+/g, ' ').trim())
  return `${name}: ${whole.length > longest ? `${whole.slice(0, longest)}…` : whole} (${escaped(reason)})`
}

/** Control characters and those that turn text around would confuse a terminal. */
function escaped(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
