/** Makes the bundles of `caCertificates` (certificates-package.ts). */
import type { Definition, Instantiating, Maker, Recipe } from '../source/package.ts'
import { recipePath } from '../store/store-path.ts'
import { directory, file, memoryTree, symlink } from '../tree/memory.ts'
import type { CertificatesArguments } from './certificates-package.ts'
import { asDeb } from './normaliser.ts'
import { certificateBundle } from './root/rules/certificates.ts'

/** Paths at which Debian's, Red Hat's and Go's programs look for certificates. */
const places = ['etc/ssl/certs/ca-bundle.crt', 'etc/ssl/certs/ca-certificates.crt', 'etc/pki/tls/certs/ca-bundle.crt']

/**
 * Where Debian's OpenSSL looks if a program names no file: Python, Ruby, PHP and Node do not. A Debian machine lacks this file and has a
 * link for each certificate instead, named after a hash.
 */
const ofOpenssl = { 'usr/lib/ssl/cert.pem': symlink('../../../etc/ssl/certs/ca-certificates.crt') }

/** Makes the bundles. */
export const certificatesMaker: Maker<CertificatesArguments> = { instantiate: bundleRecipe }

/** The package is read but not kept: it is neither input nor requirement, so its own dependencies are not downloaded. */
function bundleRecipe(
  { maker, name, arguments: made }: Definition<CertificatesArguments>,
  given: Instantiating,
): Recipe {
  const from = given.of(made.from)
  const texts = given.replace(made.extra).map((pem) => `${pem.trim()}\n`)
  const path = recipePath(name, { maker, name, arguments: { extra: texts }, closure: [from.path] })
  return {
    path,
    name,
    as: 'store',
    inputs: [],
    requires: [],
    realise: async (shop) => {
      await from.realise(shop)
      const bundle = `${certificateBundle(shop.store.laidOut(from.path, asDeb))}${texts.join('')}`
      const tree = memoryTree({
        '': directory(),
        ...Object.fromEntries(places.map((place) => [place, file(Buffer.from(bundle, 'latin1'))])),
        ...ofOpenssl,
      })
      return shop.store.add(path, tree, { candidates: [] })
    },
  }
}
