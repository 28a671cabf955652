/**
 * Every failure that a user can meet: one class, one function, one closed list of codes.
 *
 * A message states the fact (what, where, the offending value) and then the remedy (an imperative sentence). Impossible states throw a
 * plain `Error` ("unreachable: …") instead: those are bugs. Credentials in URLs are removed here, and text from outside is made printable,
 * so no call site can forget either.
 * Each code has a row in docs/errors.md and a test that raises it (test/errors.test.ts checks both).
 */

import { printableLines } from './printable.ts'

/** Stable names of failures, `area.reason`. Sorted. */
export const codes = [
  'account.unknown',
  'archive.bomb',
  'archive.invalid',
  'archive.unwritable',
  'argument.invalid',
  'argument.unknown',
  'base.architecture',
  'command.differs',
  'command.failed',
  'command.names-tools',
  'command.package-absent',
  'compression.corrupt',
  'compression.unavailable',
  'config.command-missing',
  'config.invalid',
  'content.changed',
  'content.too-large',
  'debian.architecture',
  'debian.base-newer',
  'debian.clock',
  'debian.conflict',
  'debian.data-missing',
  'debian.deb-gone',
  'debian.index-gone',
  'debian.index-invalid',
  'debian.index-missing',
  'debian.key-expired',
  'debian.no-mirror',
  'debian.package-unknown',
  'debian.package-virtual',
  'debian.release-expired',
  'debian.release-invalid',
  'debian.release-mismatch',
  'debian.release-older',
  'debian.signature-bad',
  'debian.signature-untrusted',
  'debian.suite-missing',
  'debian.two-sets',
  'debian.unsatisfiable',
  'disk.occupied',
  'disk.unreadable',
  'disk.unsupported-entry',
  'disk.unwritable',
  'edit.conflict',
  'edit.missing',
  'engine.absent',
  'engine.failed',
  'engine.unsupported',
  'environment.collision',
  'environment.not-a-directory',
  'environment.too-large',
  'image.architectures',
  'image.invalid',
  'image.not-found',
  'image.notes',
  'image.rebase',
  'index.platform',
  'interrupted',
  'layer.directory-conflict',
  'layering.max-layers',
  'layering.pipeline',
  'layering.too-many',
  'load.import',
  'load.name',
  'load.no-export',
  'load.not-a-package',
  'load.not-a-script',
  'load.not-found',
  'load.other-version',
  'load.syntax',
  'load.threw',
  'load.typescript-only',
  'lock.busy',
  'lock.conflict-markers',
  'lock.frozen',
  'lock.invalid',
  'machine.open-files',
  'machine.working-directory',
  'maker.unknown',
  'merge.conflict',
  'merge.directory',
  'nar.invalid',
  'nar.unsupported-entry',
  'network.certificate',
  'network.digest-mismatch',
  'network.incomplete',
  'network.redirect-loop',
  'network.status',
  'network.too-large',
  'network.unreachable',
  'npm.engine',
  'npm.file-missing',
  'npm.foreign-address',
  'npm.integrity',
  'npm.integrity-missing',
  'npm.link-outside',
  'npm.lock-invalid',
  'npm.lock-missing',
  'npm.lock-old',
  'npm.lock-stale',
  'npm.needs-build',
  'npm.no-registry',
  'npm.package-unknown',
  'npm.platform',
  'npm.platform-missing',
  'npm.runtime',
  'npm.start',
  'npm.tarball',
  'npm.unsupported-source',
  'npm.workspace-unknown',
  'npm.writable',
  'path.invalid',
  'path.too-long',
  'placeholder.misplaced',
  'placeholder.remains',
  'project.unreadable',
  'project.unwritable',
  'registry.credentials',
  'registry.denied',
  'registry.invalid',
  'registry.not-found',
  'registry.refused',
  'result.unwritable',
  'sandbox.unavailable',
  'sandbox.unsupported',
  'secret.found',
  'serve.address',
  'store-path.unknown',
  'store.absent',
  'store.busy',
  'store.corrupt',
  'store.dangling-reference',
  'store.disk-full',
  'store.hash-mismatch',
  'store.import-mismatch',
  'store.not-unpacked',
  'store.object-missing',
  'store.size-mismatch',
  'store.unreadable',
  'store.unwritable',
  'stream.closed',
  'stream.mismatch',
  'stream.not-an-image',
  'stream.terminal',
  'stream.unwritable',
  'tar.unrepresentable',
  'tar.unsupported',
  'tree.duplicate',
  'tree.link-cycle',
  'tree.link-missing',
  'watch.limit',
  'yaml.invalid',
] as const

/** Stable name of a failure, `area.reason`; docs/errors.md explains each. */
export type Code = (typeof codes)[number]

/** Plain data about a failure, for `--json` and tests. */
export type Detail = Readonly<Record<string, string | number>>

/** A failure with a stable code; `message` is the fact, then the remedy. */
export class BuildError extends Error {
  override readonly name: string = 'BuildError'
  /** Stable name of the failure. */
  readonly code: Code
  /** Data about the failure, such as the place of an argument. */
  readonly detail: Detail
  /** Creates a failure; removes credentials in addresses from its message and data. */
  constructor(code: Code, message: string, detail: Detail, cause?: unknown) {
    super(printableLines(withoutCredentials(message)), cause === undefined ? undefined : { cause })
    this.code = code
    this.detail = Object.fromEntries(
      Object.entries(detail).map(([key, value]) => [
        key,
        typeof value === 'string' ? withoutCredentials(value) : value,
      ]),
    )
  }
}

/**
 * Throws a `BuildError`.
 *
 * @param code - from the closed list above.
 * @param fact - what failed, with the offending value and its place; no blame; ends in a full stop.
 * @param more - `remedy`, a sentence that the user can act on; `cause`, the original error; `detail`, data about the failure.
 */
export function fail(
  code: Code,
  fact: string,
  more: { readonly remedy: string; readonly cause?: unknown; readonly detail?: Detail },
): never {
  throw new BuildError(code, `${fact} ${more.remedy}`.trim(), more.detail ?? {}, more.cause)
}

/** Runs `work`, and prefixes the message of any failure with the place. */
export function located<T>(place: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown
    throw new BuildError(thrown.code, `${place}: ${thrown.message}`, { ...thrown.detail, place }, thrown)
  }
}

/** Replaces `user:password@` in every URL of a string by `***@`. Looks only after "://", so the time stays linear in the length. */
function withoutCredentials(text: string): string {
  return text.replace(/(?<=[a-z0-9+.-]:\/\/)[^/\s@]+@/gi, '***@')
}

/** Returns the error that `throwing` throws. */
export function caught(throwing: () => never): unknown {
  try {
    return throwing()
  } catch (error) {
    return error
  }
}

/** Message of any thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** `code` of a system or SQLite error, such as `ENOENT`; undefined for anything else. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
}
