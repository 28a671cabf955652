/** Formats notes: effects of packages that slipway could not determine. */
import { printable } from '../../base/printable.ts'
import type { PackageNote } from './input.ts'

// A longer command tells the reader nothing more.
const longest = 200

/**
 * Packages whose remaining work slipway does in another way, with the same result (test/conformance/debian-root.test.ts), or that no image
 * needs: a note would be false, or in every image.
 */
const settled: readonly (readonly [name: RegExp, reason: string])[] = [
  [/^ca-certificates$/, 'rules/certificates.ts makes what its script runs update-ca-certificates for'],
  [/^chrony$/, 'rules/package-rules.ts gives its directory and keys to its user'],
  [/^python3\.\d+(-minimal)?$/, 'byte code is left out (docs/debian.md); Python makes it in memory'],
  [/^squid$/, 'rules/package-rules.ts gives its directories to its user'],
  [/^ucf$/, 'its script only moves records that ucf keeps for itself'],
  [/^tzdata$/, 'rules/package-rules.ts links the default zone'],
]

/** Drops notes about work that slipway does in another way, or that no image needs. */
export function unsettled(notes: readonly PackageNote[]): readonly PackageNote[] {
  return notes.filter(({ package: name }) => !settled.some(([pattern]) => pattern.test(name)))
}

/** Formats a note as one line. @example "mysql-server: mysqld --initialize (slipway does not run programs)" */
export function formatNote({ package: name, command, reason }: PackageNote): string {
  const whole = command.replace(/\s+/g, ' ').trim()
  const shown = whole.length > longest ? `${whole.slice(0, longest)}…` : whole
  return `${name}: ${printable(shown)} (${printable(reason)})`
}
