/**
 * Contents of a locked Debian set: packages with the chosen edges between them.
 *
 * The types that the lock, the resolver and the makers of roots and layers exchange.
 */
import type { Digest } from '../../base/digest.ts'
import type { Recipe } from '../../source/package.ts'
import type { DebianSet } from '../options.ts'

/** The part of an archive that a file belongs to. */
export type Base = 'archive' | 'security'

/** A locked package. */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** "all", or the set's. */
  readonly architecture: string
  readonly base: Base
  /** Path of the `.deb` below its base. */
  readonly file: string
  /** Size of the `.deb`, in bytes. */
  readonly size: number
  readonly sha256: Digest
  /** Names of the packages chosen for its Depends and Pre-Depends, sorted; all are in the set. May be cyclic. */
  readonly requires: readonly string[]
}

/** Origin of a part of a set: one suite's `InRelease` and the package index that it authenticates. */
export interface LockedIndex {
  /** "trixie", "trixie-updates", "trixie-security". */
  readonly suite: string
  readonly base: Base
  /** Date of the `InRelease`, as ISO 8601 in UTC with whole seconds. */
  readonly date: string
  readonly release: Digest
  /** The index file below `dists/<suite>/`, its size in bytes and its digest. */
  readonly file: string
  readonly size: number
  readonly sha256: Digest
}

/** Ids by name; recorded once, never renumbered. */
export interface Ids {
  readonly users: ReadonlyMap<string, number>
  readonly groups: ReadonlyMap<string, number>
}

/** One set of the lock. */
export interface LockedSet {
  readonly indexes: readonly LockedIndex[]
  readonly roots: readonly string[]
  /** Packages added to every image with a package of the set (`essential`): dash, tools, all Essential packages, or none. */
  readonly implied: readonly string[]
  readonly ids: Ids
  readonly packages: ReadonlyMap<string, LockedPackage>
}

/** A locked set as a build uses it. */
export interface Resolution extends LockedSet {
  /** Key of the set in the lock, such as "debian trixie amd64". */
  readonly key: string
  readonly architecture: string
  readonly options: DebianSet
  /** Path of the lock file. Two resolutions are the same set if key and file are equal. */
  readonly file: string
  /** Recipe of one of its packages, each made once. @throws Error if the set lacks the name */
  recipe(name: string): Recipe
  /**
   * Recipe of an implied package laid out as data: dash, requiring libc6 alone; base-files, base-passwd and libc-bin, requiring nothing.
   */
  dataRecipe(name: string): Recipe
}

/** The recipe of a Debian package. */
export interface DebianRecipe extends Recipe {
  readonly debian: { readonly package: LockedPackage; readonly resolution: Resolution }
}

/** Debian facts of a recipe; undefined for all other recipes. */
export function debianOf(recipe: Recipe): DebianRecipe['debian'] | undefined {
  return isDebian(recipe) ? recipe.debian : undefined
}

function isDebian(recipe: Recipe): recipe is DebianRecipe {
  return 'debian' in recipe
}
