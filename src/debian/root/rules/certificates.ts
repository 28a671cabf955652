/**
 * Bundle of certification authorities, as update-ca-certificates(8) creates it: all certificates below /usr/share/ca-certificates, sorted
 * by path, one after another. Local and deselected certificates do not exist here.
 */
import { contentOf } from '../../../base/bytes.ts'
import { type Entry, plain } from '../../../tree/entry.ts'
import { type EntryPath, path, show } from '../../../tree/path.ts'
import type { Tree } from '../../../tree/tree.ts'
import { type CertificateEntry, formatKeystore } from './java-keystore.ts'
import type { Rule } from './rule.ts'
import { subjectHash } from './subject-hash.ts'

/** A certificate as its package ships it, in PEM. */
interface Certificate {
  readonly at: EntryPath
  readonly pem: string
}

const folder = path('usr/share/ca-certificates')
const places = { bundle: path('etc/ssl/certs/ca-certificates.crt'), java: path('etc/ssl/certs/java/cacerts') }

/**
 * The bundle, two links per certificate (by its name and by its subject's hash), and the list that update-ca-certificates would use;
 * nothing if there is no certificate.
 */
export const certificateRules: readonly Rule[] = [({ files }) => bundleEntries(certificatesOf(files))]

/** The same certificates as Java's trust store. */
export const javaKeystoreRules: readonly Rule[] = [({ files }) => keystoreEntries(certificatesOf(files))]

/** The bundle as a string; empty if there is no certificate. */
export function certificateBundle(files: Tree): string {
  return certificatesOf(files)
    .map(({ pem }) => pem)
    .join('')
}

function bundleEntries(certificates: readonly Certificate[]): readonly Entry[] {
  if (certificates.length === 0) return []
  return [
    file(places.bundle, certificates.map(({ pem }) => pem).join('')),
    file(path('etc/ca-certificates.conf'), certificates.map(({ at }) => `${at.slice(folder.length + 1)}\n`).join('')),
    ...certificates.map(({ at }) => link(pemName(at), `/${at}`)),
    ...hashLinks(certificates),
  ]
}

/** `<hash>.0` → the certificate's own link, as `openssl rehash` creates them; a second certificate of the same subject has `.1`. */
function hashLinks(certificates: readonly Certificate[]): readonly Entry[] {
  const seen = new Map<string, number>()
  return certificates.flatMap(({ at, pem }) => {
    const hash = subjectHash(derOf(pem))
    if (hash === undefined) return []
    const number = seen.get(hash) ?? 0
    seen.set(hash, number + 1)
    return [link(`${hash}.${number}`, Buffer.from(pemName(at), 'utf8').toString('latin1'))]
  })
}

/** @param target - one character per byte */
function link(name: string, target: string): Entry {
  return { kind: 'symlink', path: path(`etc/ssl/certs/${name}`), metadata: plain(0o777), target }
}

function keystoreEntries(certificates: readonly Certificate[]): readonly Entry[] {
  if (certificates.length === 0) return []
  const trusted = certificates.map(
    ({ at, pem }): CertificateEntry => ({ alias: `debian:${pemName(at).toLowerCase()}`, der: derOf(pem) }),
  )
  return [{ kind: 'file', path: places.java, metadata: plain(0o644), content: contentOf(formatKeystore(trusted)) }]
}

function certificatesOf(files: Tree): readonly Certificate[] {
  return [...files.below(folder)].flatMap(({ path: at }) => {
    const bytes = at.endsWith('.crt') ? files.read(at) : undefined
    if (bytes === undefined) return []
    const pem = Buffer.from(bytes).toString('latin1')
    return [{ at, pem: pem.endsWith('\n') ? pem : `${pem}\n` }]
  })
}

// update-ca-certificates: spaces and commas become "_", parentheses "=".
function pemName(at: EntryPath): string {
  return show(at)
    .replace(/^.*\//, '')
    .replace(/\.crt$/, '.pem')
    .replace(/[ ,]/g, '_')
    .replace(/[()]/g, '=')
}

function derOf(pem: string): Uint8Array {
  const body = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/.exec(pem)?.[1] ?? ''
  return Buffer.from(body, 'base64')
}

function file(at: EntryPath, text: string): Entry {
  return { kind: 'file', path: at, metadata: plain(0o644), content: contentOf(Buffer.from(text, 'latin1')) }
}
