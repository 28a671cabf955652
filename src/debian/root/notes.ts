/** What slipway could not work out about packages, as text. */
import type { PackageNote } from './input.ts'

// A longer command adds nothing for the reader.
const longest = 200

/** Packages whose remaining work slipway does in another way, with the same result (test/conformance/debian-root.test.ts): a note would be false. */
const settled: ReadonlyMap<string, string> = new Map([
  ['ca-certificates', 'rules/certificates.ts makes what its script runs update-ca-certificates for'],
  ['libc6', 'asks for perl only to decide how to ask questions'],
  ['usr-is-merged', 'the normaliser merges /usr'],
  ['usrmerge', 'the normaliser merges /usr'],
])

/** Leaves out the notes on work that slipway does in another way. */
export function unsettled(notes: readonly PackageNote[]): readonly PackageNote[] {
  return notes.filter(({ package: name }) => !settled.has(name))
}

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
