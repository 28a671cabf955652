/** Arguments that all downloads share: addresses, hashes, a name. */
import { arrayOf, type Check, type Checks, checkString, orDefault, refuse } from '../base/check.ts'
import { algorithmOf, type FileHash, parseFileHash } from '../base/digest.ts'
import { checkWritten } from './placeholder.ts'

/** Addresses of a download. */
export interface FetchArguments {
  /** Address of the file: http, https or file. */
  readonly url?: string | null
  /** Addresses of the same file, tried in order, after `url`. */
  readonly urls?: readonly string[] | null
}

/** Checked arguments. */
export interface Checked {
  readonly url: URL | null
  readonly urls: readonly URL[]
  readonly hash: FileHash | null
  readonly sha256: FileHash | null
  readonly sha512: FileHash | null
  readonly name: string | null
}

/** Checks of the shared fields. @param expected - description of the hash in messages */
export function fetchChecks(expected: string): Checks<Checked> {
  const hash = (...algorithms: readonly Algorithm[]) => orDefault(hashCheck(algorithms, expected), null)
  return {
    url: orDefault(address, null),
    urls: orDefault(arrayOf(address, 'an array of addresses'), []),
    hash: hash('sha256', 'sha512'),
    sha256: hash('sha256'),
    sha512: hash('sha512'),
    name: orDefault(checkString, null),
  }
}

/** Returns the addresses, in order. @throws BuildError argument.invalid - there is none */
export function addressesOf(call: string, { url, urls }: Checked): readonly [URL, ...URL[]] {
  const [first, ...others] = [...(url === null ? [] : [url]), ...urls]
  return first === undefined ? refuse(`${call}: url`, undefined, expectedAddress) : [first, ...others]
}

/** Returns the one hash. @throws BuildError argument.invalid - there is none, or two that differ */
export function hashOf(call: string, { hash, sha256, sha512 }: Checked, expected: string): FileHash {
  const [first, ...others] = new Set([hash, sha256, sha512].filter((each) => each !== null))
  if (first === undefined) return refuse(`${call}: hash`, undefined, expected)
  return others.length === 0 ? first : refuse(`${call}: hash`, others[0], `one hash; another is ${first}`)
}

/** Last part of an address. */
export function fileName({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}

type Algorithm = 'sha256' | 'sha512'

const expectedAddress = 'an address with http, https or file'

const address: Check<URL> = (value, place) => {
  const url = URL.parse(checkWritten(value, place))
  if (url !== null && ['http:', 'https:', 'file:'].includes(url.protocol)) return url
  return refuse(place, value, expectedAddress)
}

function hashCheck(algorithms: readonly Algorithm[], expected: string): Check<FileHash> {
  return (value, place) => {
    const hash = typeof value === 'string' ? parseFileHash(value) : undefined
    return hash !== undefined && algorithms.includes(algorithmOf(hash)) ? hash : refuse(place, value, expected)
  }
}
