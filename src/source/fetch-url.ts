/** `fetchurl`: one file of known SHA-256 from the first address that has it; a flat fixed output, so the path follows from the hash. */
import { checkObject, checkString, checkStrings, optional, refuse } from '../base/check.ts'
import { type Digest, parseHash } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { fixedPath, nameFrom } from '../store/store-path.ts'
import type { Package } from './package.ts'
import { define } from './placeholder.ts'

/** What `fetchurl` takes: `url` or `urls`, and `hash` or `sha256` (SRI, hex or base-32). */
export interface FetchUrlArguments {
  readonly url?: string | null
  readonly urls?: readonly string[] | null
  readonly hash?: string | null
  readonly sha256?: string | null
  /** Name of the store object; default: the last part of the first address. */
  readonly name?: string | null
}

/** A file fetched when the image is built. @throws BuildError argument.invalid, argument.unknown */
export function fetchurl(given: FetchUrlArguments): Package {
  const { url, urls, hash, sha256, name } = checkObject(given, 'fetchurl', ['url', 'urls', 'hash', 'sha256', 'name'])
  const addresses = [
    ...optional(url, [], (one) => [checkString(one, 'fetchurl: url')]),
    ...optional(urls, [], (some) => [...checkStrings(some, 'fetchurl: urls')]),
  ].map(checkAddress)
  const [first] = addresses
  if (first === undefined) return refuse('fetchurl: url', url, 'an address with http, https or file')
  const digest = checkHash(hash ?? sha256)
  const called = optional(name, nameFrom(decodeURIComponent(first.pathname.split('/').at(-1) ?? '')), (text) =>
    checkString(text, 'fetchurl: name'),
  )
  return define({
    maker: 'fetchurl-1',
    name: called,
    arguments: { urls: addresses.map(String), sha256: digest },
    instantiate: async () => {
      const path = fixedPath(called, digest)
      return {
        path,
        name: called,
        as: 'store',
        inputs: [],
        requires: [],
        realise: (shop) => shop.download(addresses, { name: called, sha256: digest }),
      }
    },
  })
}

function checkAddress(text: string): URL {
  const address = URL.parse(text)
  if (address !== null && ['http:', 'https:', 'file:'].includes(address.protocol)) return address
  return refuse('fetchurl: url', text, 'an address with http, https or file')
}

function checkHash(text: unknown): Digest {
  if (typeof text !== 'string') return refuse('fetchurl: hash', text, 'the SHA-256 of the file, such as "sha256-…="')
  return (
    parseHash(text) ??
    fail('argument.invalid', `fetchurl: hash: ${JSON.stringify(text)} is no SHA-256.`, {
      remedy:
        'Write it as SRI (`sha256-…=`), in 64 hex digits or in 52 digits of base-32; `openssl dgst -sha256 FILE` prints the hex form.',
    })
  )
}
