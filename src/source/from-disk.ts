/** Files of this machine that packages are made of: what is read, what is refused, and where the description names them. */
import { resolve } from 'node:path'
import { BuildError, errorCode, fail } from '../base/error.ts'
import { wouldTake } from '../tree/disk.ts'
import type { Fingerprint } from '../tree/fingerprint.ts'
import type { IgnoreRules } from '../tree/ignore/ignore.ts'
import { withoutSecrets } from '../tree/secrets.ts'
import { lossless } from '../tree/source-tree.ts'
import type { Tree } from '../tree/tree.ts'
import { type CallSite, rememberSite, siteOf } from './call-sites.ts'

/** What is read, and what of it is left out. */
export interface From {
  readonly file: string
  readonly ignore: readonly string[]
  readonly ignoreFiles?: readonly string[]
  readonly secrets?: 'allow'
}

/** Returns what is left out. */
export function rulesOf({ ignore, ignoreFiles = [] }: From): IgnoreRules {
  return { patterns: ignore, files: ignoreFiles }
}

/** Tells whether a package of these files contains a file of this machine, an absolute path, or would if the file existed. */
export function readsOf(from: From): (file: string) => boolean {
  return (file) => wouldTake(file, resolve(from.file), rulesOf(from))
}

/** A tree of the disk in which anything that an image cannot have is an error when it is iterated. @throws BuildError disk.unsupported-entry, secret.found */
export function accepted({ file, secrets }: From, tree: Tree): Tree {
  const whole = lossless(file, tree)
  return secrets === 'allow' ? whole : withoutSecrets(resolve(file), whole)
}

/** A change more recent than this, in milliseconds, may leave the time stamp as it was (whole seconds on some file systems). */
const unsettled = 2000

/** Tells whether files may be known by their fingerprint from now on. */
export function isSettled({ newest }: Fingerprint, now: Date): boolean {
  return newest < now.getTime() - unsettled
}

/** Reads a file or directory. @throws BuildError disk.unreadable - naming the call, if it is missing */
export function ofPresent<T>(from: From, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    const isMissing =
      thrown instanceof BuildError && errorCode(thrown.cause) === 'ENOENT' && thrown.detail.file === from.file
    throw isMissing ? refuseMissing(from.file, thrown.cause) : thrown
  }
}

function siteKey(file: string): string {
  return `path ${file}`
}

/** Remembers where a file is named, and how. */
export function rememberCall(file: string, site: CallSite, text: string): void {
  rememberSite(siteKey(file), { ...site, text })
}

/** @throws BuildError disk.unreadable, naming the call, always */
function refuseMissing(file: string, cause: unknown): never {
  const site = siteOf(siteKey(file))
  const where = site === undefined ? '' : `${site.file}:${site.line}: `
  const isBare = /^[a-z0-9][a-z0-9+-]+$/.test(site?.text ?? '')
  return fail('disk.unreadable', `${where}there is no ${JSON.stringify(file)}.`, {
    remedy: isBare
      ? `Did you mean the package, pkgs("${site?.text}")? A directory of this machine may be written "./${site?.text}".`
      : "Correct the path, which starts at the calling file's directory, or make the file first.",
    detail: { file },
    cause,
  })
}
