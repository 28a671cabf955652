/** An image as plain data: the builders' checked arguments, from which act 5 assembles it. */
import type { Inheritance } from '../image/base.ts'
import type { ContainerConfig } from '../image/image.ts'
import type { PipelineStep } from '../layer/grouping/pipeline.ts'
import type { CopiedFiles } from '../source/copied-files.ts'
import type { Package, Recipe } from '../source/package.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Edit } from '../tree/edit.ts'
import type { Used } from './ecosystems.ts'

/** An image, except for its tag and compression, as plain data (`arguments` of the conf package). */
export interface LayeredData {
  readonly name: string
  readonly contents: readonly Package[]
  readonly fromImage: Package | null
  readonly fromImageName: string | null
  readonly fromImageTag: string | null
  /** How much of the base's config is inherited: all, as by a Dockerfile's FROM, or its variables only, as in nixpkgs. */
  readonly inheritConfig: Inheritance
  readonly config: ContainerConfig
  readonly architecture: string | null
  readonly created: string
  readonly mtime: number | 'now'
  readonly uid: number
  readonly gid: number
  readonly uname: string
  readonly gname: string
  readonly maxLayers: number
  readonly layering: 'popularity' | 'auto'
  readonly layeringPipeline: readonly PipelineStep[] | null
  /** In the order in which they change the image's own layer. */
  readonly commands: readonly Commands[]
  /** Tools for shell commands; null if there are none. */
  readonly tools: Package | null
  /** Whether the packages' own scripts configure them before any command runs; absent if not. */
  readonly configure?: true
  readonly includeStorePaths: boolean
  readonly includeNixDB: boolean
  /** Files that are copied to given paths; absent if there are none. */
  readonly copied?: readonly CopiedFiles[]
  /** Whether the program that the config starts may be missing, because a volume provides it; absent if not. */
  readonly allowMissingCommand?: true
  /** `buildImage`: a single layer, with copies of the contents at "/" instead of links. */
  readonly copies: Copies | null
}

/** Changes to an image's own layer: edits recorded by a function, or a shell script. `place`: the argument that they were given as. */
export type Commands = { readonly place: string } & (
  | { readonly edits: readonly Edit[] }
  | { readonly script: string; readonly within: 'image' | 'tools' }
)

/** Settings of how an image is made, which do not affect its bytes. */
export interface Reading {
  readonly maxUnpackedBytes?: number
  readonly sandbox?: SandboxChoice
  /** Limits, in bytes, on the files that commands add and on the memory that they use. */
  readonly disk?: number
  readonly memory?: number
}

/** Where commands run. "auto": in namespaces if they work, else under fakeroot. */
export type SandboxChoice = 'auto' | 'namespace' | 'fakeroot'

/** Inputs that an image is assembled from. */
export interface Assembling {
  readonly name: string
  /** Path of the conf, from which that of the image's layer follows. */
  readonly path: StorePath
  readonly data: LayeredData
  readonly reading: Reading
  /** Absent if neither the call nor the packages' ecosystems specify one; then the base's applies. */
  readonly architecture: string | undefined
  readonly contents: readonly Recipe[]
  readonly copied: readonly Copied[]
  /** All packages that the arguments name, except the base. */
  readonly inputs: readonly Recipe[]
  readonly base: Recipe | undefined
  /** Tools for shell commands, if there are any. */
  readonly tools: Recipe | undefined
  readonly uses: readonly Used[]
}

/** Copied files with the recipes of their packages. */
export interface Copied extends Omit<CopiedFiles, 'kind' | 'from'> {
  readonly from: readonly { readonly recipe: Recipe; readonly name: string }[]
}

/** How contents are copied. */
export interface Copies {
  /** Whether links to directories stay links, instead of becoming copies of the directories. */
  readonly keepDirlinks: boolean
  /** Owner of the copies. */
  readonly uid: number
  readonly gid: number
}
