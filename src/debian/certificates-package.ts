/**
 * `caCertificates` of a Debian set: the bundle of the package ca-certificates, and additional certificates, where programs look for it.
 *
 * A store object of its own, so it works in images without a Debian root; the package itself need not be in the image.
 */
import type { Package } from '../source/package.ts'
import { define } from '../source/placeholder.ts'

/** Name of the bundle's store object. */
export const certificatesName: string = 'ca-certificates-bundle'

/** Path at which Debian's programs look for the bundle in an image. */
export const certificatesFile: string = '/etc/ssl/certs/ca-certificates.crt'

/** The set's package ca-certificates, and additional certificates as PEM strings. */
export interface CertificatesArguments {
  readonly from: Package
  readonly extra: readonly string[]
}

/**
 * The bundle at its three paths.
 *
 * @param from - the set's package ca-certificates
 * @param extra - certificates as PEM strings, appended to Debian's
 */
export function certificatesPackage(from: Package, extra: readonly string[]): Package {
  return define<CertificatesArguments>({
    maker: 'debian-ca-certificates-2',
    name: certificatesName,
    arguments: { from, extra },
  })
}
