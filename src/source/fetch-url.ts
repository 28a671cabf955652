/** `fetchurl`: one file of known SHA-256 from the first address that has it; a flat fixed output, so the path follows from the hash. */
import { arrayOf, type Check, checkArguments, checkString, orDefault, refuse } from '../base/check.ts'
import { type Digest, parseHash } from '../base/digest.ts'
import { fixedPath, nameFrom } from '../store/store-path.ts'
import type { Maker, Package } from './package.ts'
import { checkWritten, define } from './placeholder.ts'

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
  const checked = checkArguments('fetchurl', given, {
    url: orDefault(address, null),
    urls: orDefault(arrayOf(address, 'an array of addresses'), []),
    hash: orDefault(sha256, null),
    sha256: orDefault(sha256, null),
    name: orDefault(checkString, null),
  })
  const addresses = [...(checked.url === null ? [] : [checked.url]), ...checked.urls]
  const [first] = addresses
  if (first === undefined) return refuse('fetchurl: url', undefined, expectedAddress)
  const digest = oneHash(checked.hash, checked.sha256)
  const name = checked.name ?? nameFrom(fileName(first))
  return define({
    maker: 'fetchurl-1',
    name,
    arguments: { urls: addresses.map(String), sha256: digest },
  })
}

/** Makes the packages. */
export const fetchUrlMaker: Maker<{ readonly urls: readonly string[]; readonly sha256: Digest }> = {
  instantiate: ({ name, arguments: { urls, sha256 } }) => ({
    path: fixedPath(name, sha256),
    name,
    as: 'store',
    inputs: [],
    requires: [],
    realise: (shop) =>
      shop.download(
        urls.map((url) => new URL(url)),
        { name, sha256 },
      ),
  }),
}

const expectedAddress = 'an address with http, https or file'

const address: Check<URL> = (value, place) => {
  const url = URL.parse(checkWritten(value, place))
  if (url !== null && ['http:', 'https:', 'file:'].includes(url.protocol)) return url
  return refuse(place, value, expectedAddress)
}

const expectedHash =
  'the SHA-256 of the file: SRI (`sha256-…=`), 64 hex digits or 52 digits of base-32; `openssl dgst -sha256 FILE` prints the hex form'

const sha256: Check<Digest> = (value, place) =>
  (typeof value === 'string' ? parseHash(value) : undefined) ?? refuse(place, value, expectedHash)

function oneHash(hash: Digest | null, other: Digest | null): Digest {
  if (hash !== null && other !== null && hash !== other)
    refuse('fetchurl: sha256', other, `what \`hash\` says, ${hash}, or left out`)
  return hash ?? other ?? refuse('fetchurl: hash', undefined, expectedHash)
}

function fileName({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}
