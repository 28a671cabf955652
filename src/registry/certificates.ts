/**
 * Certificates for individual hosts, in directories named after them: docker's and podman's `certs.d` (containers-certs.d(5)).
 *
 * `*.crt` are certificate authorities, `*.cert` with a `*.key` of the same name a client's certificate.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../base/error.ts'
import type { TlsSettings } from '../net/network.ts'

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

/** TLS settings for a host; undefined if there are no special ones. @throws BuildError registry.credentials */
export function tlsSettings(host: string, options: CertificateOptions): TlsSettings | undefined {
  const { roots, directory, authorities: files = [] } = options
  const folders = directory === undefined ? roots.map((root) => join(root, host)) : [directory]
  const folder = folders.find((each) => filesIn(each).length > 0)
  const own = folder === undefined ? {} : settingsIn(folder)
  const authorities = [...files.map(text), ...(own.authorities ?? [])]
  const verify = options.verify(host)
  if (verify && authorities.length === 0 && own.certificate === undefined) return undefined
  return { ...own, verify, ...(authorities.length === 0 ? {} : { authorities }) }
}

function settingsIn(folder: string): TlsSettings {
  const names = filesIn(folder)
  const authorities = names.filter((name) => name.endsWith('.crt')).map((name) => text(join(folder, name)))
  const certificate = names.find((name) => name.endsWith('.cert'))
  if (certificate === undefined) return authorities.length === 0 ? {} : { authorities }
  const key = certificate.replace(/cert$/, 'key')
  if (!names.includes(key)) refuse(join(folder, certificate), `has no key ${key} beside it`)
  return { authorities, certificate: text(join(folder, certificate)), key: text(join(folder, key)) }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return refuse(file, 'cannot be read')
  }
}

function refuse(file: string, what: string): never {
  return fail('registry.credentials', `The certificate ${file} ${what}.`, {
    remedy: 'Correct it, or choose another directory with --cert-dir.',
    detail: { file },
  })
}
