/**
 * Certificates for individual hosts, in directories named after them: docker's and podman's `certs.d` (containers-certs.d(5)).
 *
 * `*.crt` are certificate authorities, `*.cert` with a `*.key` of the same name a client's certificate.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fail, messageOf } from '../base/error.ts'
import type { TlsSettings } from '../net/network.ts'
import { readRegularFile } from '../store/regular-file.ts'

/** Directories to search. */
export interface CertificateOptions {
  /** Directories that contain one directory for each host, most preferred first. */
  readonly roots: readonly string[]
  /** A directory with certificates for every host, instead of the others. */
  readonly directory?: string
  /** Files of additional certificate authorities. */
  readonly authorities?: readonly string[]
  /** Tells whether a host's certificate must be verified. */
  readonly verify: (host: string) => boolean
}

/** Fails unless a directory of certificates exists. @throws BuildError registry.credentials */
export function checkCertDir(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) refuse(folder, 'is not a directory')
}

/** Returns the TLS settings of each host; undefined if it has no special ones. @throws BuildError registry.credentials */
export function tlsFor(options: CertificateOptions): (url: { readonly host: string }) => TlsSettings | undefined {
  const known = new Map<string, TlsSettings | undefined>()
  return ({ host }) => {
    if (!known.has(host)) known.set(host, tlsSettings(host, options))
    return known.get(host)
  }
}

function tlsSettings(host: string, options: CertificateOptions): TlsSettings | undefined {
  const { roots, directory, authorities: files = [] } = options
  const folders = directory === undefined ? roots.map((root) => join(root, host)) : [directory]
  const folder = folders.find((each) => filesIn(each).length > 0)
  const own = folder === undefined ? {} : settingsIn(folder)
  const authorities = [...files.map(authorityIn), ...(own.authorities ?? [])]
  const verify = options.verify(host)
  if (verify && authorities.length === 0 && own.certificate === undefined) return undefined
  return { ...own, verify, ...(authorities.length === 0 ? {} : { authorities }) }
}

function settingsIn(folder: string): TlsSettings {
  const names = filesIn(folder)
  const authorities = names.filter((name) => name.endsWith('.crt')).map((name) => authorityIn(join(folder, name)))
  const name = names.find((each) => each.endsWith('.cert'))
  if (name === undefined) return authorities.length === 0 ? {} : { authorities }
  const [file, keyFile] = [join(folder, name), join(folder, name.replace(/cert$/, 'key'))]
  if (!names.includes(basename(keyFile))) refuse(file, `has no key ${basename(keyFile)} beside it`)
  const [certificate, key] = [textOf(file), textOf(keyFile)]
  const identity = usable(file, () => new X509Certificate(certificate))
  const privateKey = usable(keyFile, () => createPrivateKey(key))
  if (!identity.checkPrivateKey(privateKey)) refuse(keyFile, `cannot be used: it is not the key of ${name}`)
  return { authorities, certificate, key }
}

function authorityIn(file: string): string {
  const text = textOf(file)
  usable(file, () => new X509Certificate(text))
  return text
}

/** Parses a file now, so that a mistake in it is reported with its name rather than by the connection. */
function usable<T>(file: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    return refuse(file, `cannot be used: ${messageOf(cause)}`, cause)
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function textOf(file: string): string {
  try {
    return readRegularFile(file).toString('utf8')
  } catch (cause) {
    return refuse(file, `cannot be read: ${messageOf(cause)}`, cause)
  }
}

function refuse(file: string, what: string, cause?: unknown): never {
  return fail('registry.credentials', `${file} ${what}.`, {
    remedy: 'Correct it, or choose another directory of certificates with --cert-dir.',
    cause,
    detail: { file },
  })
}
