/**
 * `fetchurl`: one file of known hash from the first address that has it; a flat fixed output, so the path follows from the hash. An executable
 * file is a recursive one, as in nixpkgs: its hash is that of the file's NAR.
 */
import { checkArguments, checkBoolean, orDefault } from '../base/check.ts'
import type { FileHash } from '../base/digest.ts'
import { nameFrom } from '../store/store-path.ts'
import { addressesOf, type FetchArguments, fetchChecks, fileName, hashOf } from './fetch-arguments.ts'
import { fetchRecipe } from './fetch-recipe.ts'
import type { Maker, Package } from './package.ts'
import { define } from './placeholder.ts'

/** Arguments of `fetchurl`: `url` or `urls`, and one hash, in SRI form (`sha256-…=`), in hex digits or in base-32. */
export interface FetchUrlArguments extends FetchArguments {
  /** SHA-256 or SHA-512 of the file; with `executable`, of its NAR. */
  readonly hash?: string | null
  /** SHA-256 of the same. */
  readonly sha256?: string | null
  /** SHA-512 of the same. */
  readonly sha512?: string | null
  /** Name of the store object. Default: the last part of the first address. */
  readonly name?: string | null
  /**
   * Whether the file becomes executable. The hash is then the one that nixpkgs' `fetchurl` has with `executable = true`, that of the executable
   * file's NAR; a build with a wrong hash prints the right one. Default: false.
   */
  readonly executable?: boolean | null
}

/** Describes a file that is fetched when the image is built. @throws BuildError argument.invalid, argument.unknown */
export function fetchurl(given: FetchUrlArguments): Package {
  const { executable, ...checked } = checkArguments('fetchurl', given, {
    ...fetchChecks(expectedHash),
    executable: orDefault(checkBoolean, false),
  })
  const urls = addressesOf('fetchurl', checked)
  const hash = hashOf('fetchurl', checked, expectedHash)
  const name = checked.name ?? nameFrom(fileName(urls[0]))
  return define({
    maker: 'fetchurl-1',
    name,
    arguments: { urls: urls.map(String), hash, ...(executable ? { executable } : {}) },
  })
}

const expectedHash =
  'the SHA-256 or SHA-512 of the file: SRI (`sha256-…=`), hex digits or base-32; `openssl dgst -sha256 FILE` prints the hex form'

interface File {
  readonly urls: readonly string[]
  readonly hash: FileHash
  readonly executable?: true
}

/** Makes the packages. */
export const fetchUrlMaker: Maker<File> = {
  instantiate: ({ name, arguments: { urls, hash, executable } }) =>
    fetchRecipe(urls, { name, hash, ...(executable ? { form: { kind: 'executable' } } : {}) }),
}
