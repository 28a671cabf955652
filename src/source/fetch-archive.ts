/**
 * `fetchzip` and `fetchTarball`: the files of an archive, known by the hash of the unpacked tree (its NAR), so that an archive that is packed
 * again has the same hash. Store path, hash and default name are those of nixpkgs' `fetchzip` and of Nix's `fetchTarball`.
 */
import { checkArguments, checkBoolean, orDefault } from '../base/check.ts'
import type { FileHash } from '../base/digest.ts'
import { addressesOf, type FetchArguments, fetchChecks, hashOf } from './fetch-arguments.ts'
import { fetchRecipe } from './fetch-recipe.ts'
import type { Maker, Package } from './package.ts'
import { define } from './placeholder.ts'

/** Arguments of `fetchzip` and `fetchTarball`: `url` or `urls`, and one hash, in SRI form (`sha256-…=`), in hex digits or in base-32. */
export interface FetchArchiveArguments extends FetchArguments {
  /**
   * SHA-256 or SHA-512 of the unpacked files (the NAR of what the store gets), as in nixpkgs; not that of the archive. To find it, build with any
   * hash: the error has the right one. `nix-prefetch-url --unpack ADDRESS` prints the same.
   */
  readonly hash?: string | null
  /** SHA-256 of the same. */
  readonly sha256?: string | null
  /** SHA-512 of the same. */
  readonly sha512?: string | null
  /** Name of the store object. Default: "source", as in nixpkgs. */
  readonly name?: string | null
  /** Whether the only directory at the top of the archive becomes the root; more than one entry there is an error. Default: true. */
  readonly stripRoot?: boolean | null
}

/** Describes an archive's files, fetched when the image is built. @param call - for messages. @throws BuildError argument.* */
export function fetchArchive(call: 'fetchzip' | 'fetchTarball', given: FetchArchiveArguments): Package {
  const { stripRoot, ...checked } = checkArguments(call, given, {
    ...fetchChecks(expectedHash),
    stripRoot: orDefault(checkBoolean, true),
  })
  return define({
    maker: 'fetchzip-1',
    name: checked.name ?? 'source',
    arguments: {
      urls: addressesOf(call, checked).map(String),
      hash: hashOf(call, checked, expectedHash),
      stripRoot,
    },
  })
}

const expectedHash =
  'the SHA-256 or SHA-512 of the unpacked files, as in nixpkgs: SRI (`sha256-…=`), hex digits or base-32; a build with a wrong one prints the right one'

interface Archive {
  readonly urls: readonly string[]
  readonly hash: FileHash
  readonly stripRoot: boolean
}

/** Makes the packages. */
export const fetchArchiveMaker: Maker<Archive> = {
  instantiate: ({ name, arguments: { urls, hash, stripRoot } }) =>
    fetchRecipe(urls, { name, hash, form: { kind: 'unpacked', stripRoot } }),
}
