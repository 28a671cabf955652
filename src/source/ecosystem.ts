/**
 * Ecosystems: where packages come from that need more than a place in the store (Debian archives).
 *
 * A recipe says its own as `origin`. Assembling an image loops over the ecosystems of its recipes and knows none by name; layers and the
 * hash worker get `MemberOptions`, which are JSON, and know none at all. An image may hold packages of several.
 */
import type { MemberOptions } from '../layer/member-options.ts'
import type { Closure, StoreReader } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import type { DirectoryLinks } from '../tree/links.ts'
import type { EntryPath } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import type { Origin, Recipe, Workshop } from './package.ts'

/** Kind of packages, independent of images. */
export interface Ecosystem extends Origin {
  /**
   * How one image uses it: most often once.
   *
   * @param recipes - all of the image's that come from it.
   * @param image - the image's name, for messages.
   * @throws BuildError where two packages cannot meet in one image
   */
  uses(recipes: readonly Recipe[], image: string, how?: Using): readonly EcosystemUse[]
  /** Returns the name by which a package is requested. */
  named(recipe: Recipe): { readonly name: string; readonly version: string }
  /**
   * Returns the target of links to an entry of a package, instead of its own store path, and their `place` in the directory of links; undefined
   * leaves the entry out.
   */
  linked(recipe: Recipe, at: EntryPath): { readonly place: EntryPath; readonly target: string } | undefined
  /** Returns the tree at the store path of a package that something in an image names, when its files are elsewhere. */
  standIn(recipe: Recipe): Tree | undefined
}

/** Request of an image to its ecosystems. */
export interface Using {
  /** Whether the packages' own programs configure them, by the script that `configure` gives. */
  readonly configure: boolean
}

/** Ecosystem in one image. The methods are called in this order, and ignore packages of other ecosystems. */
export interface EcosystemUse {
  /** Arguments of the image: all that its bytes follow from besides packages. JSON, with the version of every tree that is computed. */
  readonly recipe: Readonly<Record<string, unknown>>
  /** As Debian or Go spells it; undefined where the packages are for any. */
  readonly architecture: string | undefined
  /** Implied packages. Only packages in the lock; called again until nothing is added. */
  implied(closure: Closure): readonly Recipe[]
  /** Over a base: which packages are there already, and which of the base's paths go. */
  over(closure: Closure, base: BaseFiles, store: StoreReader): Over
  /** @throws BuildError where packages of the finished image do not go together */
  check(whole: Whole): void
  /** Returns the layout of a package; undefined for a package of another ecosystem. */
  member(path: StorePath, whole: Whole): MemberOptions | undefined
  /** Tells whether `winner` may replace a path of `loser`, and where the replaced file goes, if anywhere. */
  yields(winner: StorePath, loser: StorePath, at: EntryPath, whole: Whole): { readonly to?: EntryPath } | undefined
  /** Returns the tree that its packages need together: users, links, caches. */
  root(whole: Whole, shop: Workshop): Promise<ComputedTree>
  /** Returns defaults for the image's config (OCI image specification, config.md). */
  config?(whole: Whole): Readonly<Record<string, unknown>>
  /** Whether the programs of its packages know time zones without /usr/share/zoneinfo. */
  readonly hasTimeZones?: boolean
  /** Returns the name of the package to add for a missing file: an absolute path, or a program of PATH; undefined if it knows none. */
  packageFor?(file: string): string | undefined
  /** Returns the script that configures the packages in the image's root; undefined if there is nothing to configure. */
  configure?(whole: Whole): string | undefined
}

/** Root file system of a base image, as a container sees it. */
export interface BaseFiles {
  readonly tree: Tree
}

/** Packages over a base image. */
export interface Over {
  readonly present: ReadonlySet<StorePath>
  /** Sorted. */
  readonly gone: readonly EntryPath[]
}

/** Image whose packages are known. */
export interface Whole {
  /** For messages. */
  readonly image: string
  /** Without what the base has. */
  readonly closure: Closure
  /** Packages that something in the image names by store path, those of the base among them. */
  readonly named: ReadonlySet<StorePath>
  readonly base: BaseFiles | undefined
  /** Paths of the base that are removed. */
  readonly gone: readonly EntryPath[]
  readonly store: StoreReader
}

/** Tree, and what could not be worked out for it, one sentence each. */
export interface ComputedTree {
  readonly tree: Tree
  /** Its links to directories that other files of the image go through. */
  readonly links: DirectoryLinks
  readonly notes: readonly string[]
}

/** Returns the ecosystem of a package; undefined for packages of slipway's own builders. */
export function ecosystemOf({ origin }: Recipe): Ecosystem | undefined {
  return isEcosystem(origin) ? origin : undefined
}

function isEcosystem(origin: Origin | undefined): origin is Ecosystem {
  return origin !== undefined && 'uses' in origin
}
