/** A resolved set: the entries of its lock file that are in the image, their places, and the recipes of their tarballs. */
import type { Recipe } from '../source/package.ts'
import type { StorePath } from '../store/store-path.ts'
import type { LockEntry } from './lock-file/entry.ts'
import type { Manifest } from './lock-file/manifest.ts'
import type { NodeSet } from './options.ts'
import type { Platform } from './tree/platform.ts'

/** A set in one build. */
export interface Resolution {
  /** Identifies it among the sets of a build. */
  readonly key: string
  readonly set: NodeSet
  /** Architecture of the image, in Go's spelling. */
  readonly architecture: string
  readonly platform: Platform
  /** Entries that are in the image, by place, including links and directories of the project. */
  readonly kept: ReadonlyMap<string, LockEntry>
  /** For each place, the places that its package needs. */
  readonly needs: ReadonlyMap<string, readonly string[]>
  /** The package.json of the project, or of the chosen workspace. */
  readonly manifest: Manifest
  /** The package.json beside the lock file. */
  readonly root: Manifest
  /** Directory of that file, relative to the lock file's: "" or "packages/api". */
  readonly project: string
  /** Directories of the project's own files, relative to the lock file's: `project` and every directory that a kept link leads to. Sorted. */
  readonly directories: readonly string[]
  /** Doubts about the choice, one sentence each. */
  readonly notes: readonly string[]
  /** Returns the recipe of the tarball that fills a place; undefined if no tarball does. */
  recipe(place: string): NpmRecipe | undefined
  /** Returns the places that a tarball fills; none if it belongs to another set. */
  placesOf(object: StorePath): readonly string[]
}

/** Decisions about running an application that are made before its files are known. JSON. */
export interface Run {
  /** Words after `node`; undefined if the description has an Entrypoint or a Cmd. */
  readonly command: readonly string[] | undefined
}

/** Recipe of an object that this ecosystem lays out. */
export interface NpmRecipe extends Recipe {
  readonly npm: NpmPart
}

/** A package's tarball, or the tree of a set with the project's own files. */
export type NpmPart =
  | { readonly kind: 'package'; readonly uses: readonly [PackageUse, ...PackageUse[]] }
  | {
      readonly kind: 'tree'
      readonly resolution: Resolution
      readonly code: readonly OwnCode[]
      /** How the application runs, if the image is that of the application. */
      readonly run?: Run
    }

/** One set's use of a tarball. */
export interface PackageUse {
  readonly entry: LockEntry
  readonly resolution: Resolution
  /** Whether the description names this package. */
  readonly isNamed: boolean
}

/** A directory of the project's own files as a store object, and its place in the image. */
export interface OwnCode {
  readonly recipe: Recipe
  /** Without a leading "/": "app/packages/api". */
  readonly at: string
}

/** Returns the npm part of a recipe; undefined if it does not belong to this ecosystem. */
export function npmPartOf(recipe: Recipe): NpmPart | undefined {
  return isNpm(recipe) ? recipe.npm : undefined
}

function isNpm(recipe: Recipe): recipe is NpmRecipe {
  return 'npm' in recipe
}
