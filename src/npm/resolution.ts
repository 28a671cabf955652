/** A resolved set: which entries of its lock file are in the image, where they are, and the recipes of their tarballs. */
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
  /** Of the image, in Go's spelling. */
  readonly architecture: string
  readonly platform: Platform
  /** The entries that are in the image, by place; links and directories of the project among them. */
  readonly kept: ReadonlyMap<string, LockEntry>
  /** For each place those that its package needs. */
  readonly needs: ReadonlyMap<string, readonly string[]>
  /** The package.json of the project, or of the chosen workspace. */
  readonly manifest: Manifest
  /** The package.json beside the lock file. */
  readonly root: Manifest
  /** Directory of that file, relative to the lock file's: "" or "packages/api". */
  readonly project: string
  /** Directories of the project's own files, relative to the lock file's: `project` and every directory that a kept link leads to. Sorted. */
  readonly directories: readonly string[]
  /** What is doubtful about the choice, a sentence each. */
  readonly notes: readonly string[]
  /** The recipe of the tarball that fills a place; undefined where no tarball does. */
  recipe(place: string): NpmRecipe | undefined
  /** Places that a tarball fills; none where it is another set's. */
  placesOf(object: StorePath): readonly string[]
}

/** What is decided about running an application before its files are known. JSON. */
export interface Run {
  /** Words after `node`; undefined where the description has an Entrypoint or a Cmd. */
  readonly command: readonly string[] | undefined
}

/** The recipe of something that this ecosystem lays out. */
export interface NpmRecipe extends Recipe {
  readonly npm: NpmPart
}

/** A package's tarball, or the tree of a set with the project's own files. */
export type NpmPart =
  | { readonly kind: 'package'; readonly entry: LockEntry; readonly resolution: Resolution }
  | {
      readonly kind: 'tree'
      readonly resolution: Resolution
      readonly code: readonly OwnCode[]
      /** How the application runs, where the image is that of it. */
      readonly run?: Run
    }

/** A directory of the project's own files, as a store object, and where that is in the image. */
export interface OwnCode {
  readonly recipe: Recipe
  /** Without a leading "/": "app/packages/api". */
  readonly at: string
}

/** The npm part of a recipe; undefined where another ecosystem, or none, made it. */
export function npmPartOf(recipe: Recipe): NpmPart | undefined {
  return isNpm(recipe) ? recipe.npm : undefined
}

function isNpm(recipe: Recipe): recipe is NpmRecipe {
  return 'npm' in recipe
}
