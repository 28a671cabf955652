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

/** A kind of packages, whatever image they are for. */
export interface Ecosystem extends Origin {
  /**
   * How one image uses it: most often once.
   *
   * @param recipes - all of the image's that come from it.
   * @param image - the image's name, for messages.
   * @throws BuildError where two packages cannot meet in one image
   */
  uses(recipes: readonly Recipe[], image: string, how?: Using): readonly EcosystemUse[]
  /** What a package is called by those who ask for it. */
  named(recipe: Recipe): { readonly name: string; readonly version: string }
  /** What links lead to instead of a package's own store path: `place` in the directory of links, and the target. Undefined: left out. */
  linked(recipe: Recipe, at: EntryPath): { readonly place: EntryPath; readonly target: string } | undefined
  /** What is at the store path of a package that something in an image names, when its files are elsewhere. */
  standIn(recipe: Recipe): Tree | undefined
}

/** What an image asks of its ecosystems. */
export interface Using {
  /** Whether the packages' own programs configure them, by the script that `configure` gives. */
  readonly configure: boolean
}

/** An ecosystem in one image. Asked in this order; of packages that are not of this use it says nothing. */
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
  /** How a package is laid out; undefined where it is not of this use. */
  member(path: StorePath, whole: Whole): MemberOptions | undefined
  /** Whether `winner` may have a path that `loser` has too, and where the other's file is then, if anywhere. */
  yields(winner: StorePath, loser: StorePath, at: EntryPath, whole: Whole): { readonly to?: EntryPath } | undefined
  /** The tree that its packages need together: users, links, caches. */
  root(whole: Whole, shop: Workshop): Promise<ComputedTree>
  /** What the image's config has where its description does not say otherwise (OCI image specification, config.md). */
  config?(whole: Whole): Readonly<Record<string, unknown>>
  /** The script that configures the packages in the image's root; undefined where there is nothing to configure. */
  configure?(whole: Whole): string | undefined
}

/** The root file system of a base image, as a container of it sees it. */
export interface BaseFiles {
  readonly tree: Tree
}

/** What becomes of packages over a base. */
export interface Over {
  readonly present: ReadonlySet<StorePath>
  /** Sorted. */
  readonly gone: readonly EntryPath[]
}

/** An image whose packages are known. */
export interface Whole {
  /** For messages. */
  readonly image: string
  /** Without what the base has. */
  readonly closure: Closure
  /** Packages that something in the image names by store path, those of the base among them. */
  readonly named: ReadonlySet<StorePath>
  readonly base: BaseFiles | undefined
  /** Paths of the base to remove, from all ecosystems. */
  readonly gone: readonly EntryPath[]
  readonly store: StoreReader
}

/** A tree, and what could not be worked out for it, a sentence each. */
export interface ComputedTree {
  readonly tree: Tree
  /** Its links to directories that other files of the image go through. */
  readonly links: DirectoryLinks
  readonly notes: readonly string[]
}

/** The ecosystem of a package; undefined for all that is made here. */
export function ecosystemOf({ origin }: Recipe): Ecosystem | undefined {
  return isEcosystem(origin) ? origin : undefined
}

function isEcosystem(origin: Origin | undefined): origin is Ecosystem {
  return origin !== undefined && 'uses' in origin
}
