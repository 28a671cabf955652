/** `fetchurl`: one file of known hash from the first address that has it; a flat fixed output, so the path follows from the hash. */
import { arrayOf, type Check, checkArguments, checkString, orDefault, refuse } from '../base/check.ts'
import { algorithmOf, type FileHash, parseFileHash } from '../base/digest.ts'
import { fixedPath, nameFrom } from '../store/store-path.ts'
import type { Maker, Package } from './package.ts'
import { checkWritten, define } from './placeholder.ts'

/** Arguments of `fetchurl`: `url` or `urls`, and one hash, in SRI form (`sha256-…=`), in hex digits or in base-32. */
export interface FetchUrlArguments {
  /** Address of the file: http, https or file. */
  readonly url?: string | null
  /** Addresses of the same file, tried in order, after `url`. */
  readonly urls?: readonly string[] | null
  /** SHA-256 or SHA-512 of the file. */
  readonly hash?: string | null
  /** SHA-256 of the file. */
  readonly sha256?: string | null
  /** SHA-512 of the file. */
  readonly sha512?: string | null
  /** Name of the store object. Default: the last part of the first address. */
  readonly name?: string | null
}

/** Describes a file that is fetched when the image is built. @throws BuildError argument.invalid, argument.unknown */
export function fetchurl(given: FetchUrlArguments): Package {
  const checked = checkArguments('fetchurl', given, {
    url: orDefault(address, null),
    urls: orDefault(arrayOf(address, 'an array of addresses'), []),
    hash: orDefault(hashOf('sha256', 'sha512'), null),
    sha256: orDefault(hashOf('sha256'), null),
    sha512: orDefault(hashOf('sha512'), null),
    name: orDefault(checkString, null),
  })
  const addresses = [...(checked.url === null ? [] : [checked.url]), ...checked.urls]
  const [first] = addresses
  if (first === undefined) return refuse('fetchurl: url', undefined, expectedAddress)
  const hash = oneHash([checked.hash, checked.sha256, checked.sha512])
  const name = checked.name ?? nameFrom(fileName(first))
  return define({
    maker: 'fetchurl-1',
    name,
    arguments: { urls: addresses.map(String), hash },
  })
}

/** Makes the packages. */
export const fetchUrlMaker: Maker<{ readonly urls: readonly string[]; readonly hash: FileHash }> = {
  instantiate: ({ name, arguments: { urls, hash } }) => ({
    path: fixedPath(name, hash),
    name,
    as: 'store',
    inputs: [],
    requires: [],
    realise: (shop) =>
      shop.download(
        urls.map((url) => new URL(url)),
        { name, hash },
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
  'the SHA-256 or SHA-512 of the file: SRI (`sha256-…=`), hex digits or base-32; `openssl dgst -sha256 FILE` prints the hex form'

function hashOf(...algorithms: readonly ('sha256' | 'sha512')[]): Check<FileHash> {
  return (value, place) => {
    const hash = typeof value === 'string' ? parseFileHash(value) : undefined
    return hash !== undefined && algorithms.includes(algorithmOf(hash)) ? hash : refuse(place, value, expectedHash)
  }
}

function oneHash(given: readonly (FileHash | null)[]): FileHash {
  const [hash, ...others] = new Set(given.filter((each) => each !== null))
  if (hash === undefined) return refuse('fetchurl: hash', undefined, expectedHash)
  return others.length === 0 ? hash : refuse('fetchurl: hash', others[0], `one hash; another is ${hash}`)
}

function fileName({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}
