/**
 * `caCertificates` of a Debian set: the bundle of the package ca-certificates, and further certificates, where programs look for it.
 *
 * A store object of its own, so it works in images without a Debian root; the package itself need not be in the image.
 */
import type { Instantiating, Package, Recipe } from '../source/package.ts'
import { define } from '../source/placeholder.ts'
import { recipePath } from '../store/store-path.ts'
import { directory, file, memoryTree, symlink } from '../tree/memory.ts'
import { asDeb } from './normaliser.ts'
import { certificateBundle } from './root/rules/certificates.ts'

const maker = 'debian-ca-certificates-2'
const name = 'ca-certificates-bundle'

/** Where Debian's, Red Hat's and Go's programs look. */
const places = ['etc/ssl/certs/ca-bundle.crt', 'etc/ssl/certs/ca-certificates.crt', 'etc/pki/tls/certs/ca-bundle.crt']

/**
 * Where Debian's OpenSSL looks when a program names no file: Python, Ruby, PHP and Node do not. A Debian machine lacks this file and has a
 * link for each certificate instead, named after a hash.
 */
const ofOpenssl = { 'usr/lib/ssl/cert.pem': symlink('../../../etc/ssl/certs/ca-certificates.crt') }

/**
 * The bundle at its three places.
 *
 * @param from - the set's package ca-certificates.
 * @param extra - certificates as PEM texts, put behind Debian's.
 */
export function certificatesPackage(from: Package, extra: readonly string[]): Package {
  return define({
    maker,
    name,
    arguments: { from, extra },
    instantiate: async (given) => bundleRecipe(given.of(from), extra, given),
  })
}

/** The package is looked into and not kept: neither input nor requirement, so its own dependencies are not fetched. */
function bundleRecipe(from: Recipe, extra: readonly string[], given: Instantiating): Recipe {
  const texts = given.replace(extra).map((pem) => `${pem.trim()}\n`)
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
