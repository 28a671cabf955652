/** What slipway could not work out about packages, as text. */
import type { PackageNote } from './input.ts'

// Longer commands tell nobody more.
const longest = 200

/** One note in one line. @example "mysql-server: mysqld --initialize (slipway does not run programs)" */
export function formatNote({ package: name, command, reason }: PackageNote): string {
  const whole = command.replace(/\s+/g, ' ').trim()
  return `${name}: ${whole.length > longest ? `${whole.slice(0, longest)}…` : whole} (${reason})`
}
