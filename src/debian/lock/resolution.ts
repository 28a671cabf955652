/**
 * What a lock fixes: packages of one Debian set with the edges that were chosen between them.
 *
 * These are the types that the lock, the resolver and the makers of roots and layers exchange.
 */
import type { Digest } from '../../base/digest.ts'
import type { Recipe } from '../../source/package.ts'
import type { DebianSet } from '../options.ts'

/** Which of an archive's two bases a file lies below. */
export type Base = 'archive' | 'security'

/** One package as the lock fixes it. */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** "all", or the set's. */
  readonly architecture: string
  readonly base: Base
  /** The path of the `.deb` below its base. */
  readonly file: string
  /** Bytes of the `.deb`. */
  readonly size: number
  readonly sha256: Digest
  /** Names of the packages chosen for its Depends and Pre-Depends, sorted; all are in the set. May be cyclic. */
  readonly requires: readonly string[]
}

/** Where part of a set's knowledge came from: one suite's `InRelease` and the package index it vouches for. */
export interface LockedIndex {
  /** "bookworm", "bookworm-updates", "bookworm-security". */
  readonly suite: string
  readonly base: Base
  /** Of the `InRelease`, as ISO 8601 in UTC with whole seconds. */
  readonly date: string
  readonly release: Digest
  /** The index file below `dists/<suite>/`, its size in bytes and its digest. */
  readonly file: string
  readonly size: number
  readonly sha256: Digest
}

/** Numbers by name; recorded once, never renumbered. */
export interface Ids {
  readonly users: ReadonlyMap<string, number>
  readonly groups: ReadonlyMap<string, number>
}

/** One set of the lock. */
export interface LockedSet {
  readonly indexes: readonly LockedIndex[]
  readonly roots: readonly string[]
  /** What every image with a package of the set gets (`essential`): dash, all Essential packages, or nothing. */
  readonly implied: readonly string[]
  readonly ids: Ids
  readonly packages: ReadonlyMap<string, LockedPackage>
}

/** A locked set as a build uses it. */
export interface Resolution extends LockedSet {
  /** The set's key in the lock, such as "debian bookworm amd64". */
  readonly key: string
  readonly architecture: string
  readonly options: DebianSet
  /** The lock file. Two resolutions are the same set when key and file are equal. */
  readonly file: string
  /** The recipe of one of its packages, each made once. @throws Error when the set lacks the name */
  recipe(name: string): Recipe
  /** The recipe of an implied package laid out as data: dash, requiring libc6 alone; base-files, base-passwd and libc-bin, requiring nothing. */
  dataRecipe(name: string): Recipe
}

/** The recipe of a Debian package. */
export interface DebianRecipe extends Recipe {
  readonly debian: { readonly package: LockedPackage; readonly resolution: Resolution }
}

/** What a Debian package's recipe says of it; undefined for all other recipes. */
export function debianOf(recipe: Recipe): DebianRecipe['debian'] | undefined {
  return isDebian(recipe) ? recipe.debian : undefined
}

function isDebian(recipe: Recipe): recipe is DebianRecipe {
  return 'debian' in recipe
}
