/** An image as plain data: what the builders' checked arguments come to, and act 5 assembles. */
import type { Inheritance } from '../image/base.ts'
import type { ContainerConfig } from '../image/image.ts'
import type { PipelineStep } from '../layer/grouping/pipeline.ts'
import type { CopiedFiles } from '../source/copied-files.ts'
import type { Package, Recipe } from '../source/package.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Edit } from '../tree/edit.ts'
import type { Used } from './ecosystems.ts'

/** All of an image but its tag and compression, as plain data (`arguments` of the conf package). */
export interface LayeredData {
  readonly name: string
  readonly contents: readonly Package[]
  readonly fromImage: Package | null
  readonly fromImageName: string | null
  readonly fromImageTag: string | null
  /** How much of the base's config is taken over: as a Dockerfile's FROM does, or its variables only, as nixpkgs does. */
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
  /** What shell commands run with; null where there are none. */
  readonly tools: Package | null
  /** The packages' own scripts configure them before any command runs; absent where they do not. */
  readonly configure?: true
  readonly includeStorePaths: boolean
  readonly includeNixDB: boolean
  /** Files that are copied to paths of their own; absent where there are none. */
  readonly copied?: readonly CopiedFiles[]
  /** Whether the program that the config starts may be missing, since something mounted brings it; absent where it may not. */
  readonly allowMissingCommand?: true
  /** `buildImage`: all in one layer, with copies of the contents at "/" instead of links. */
  readonly copies: Copies | null
}

/** Changes to an image's own layer: recorded by a function, or shell text. `place`: the argument that they were given as. */
export type Commands = { readonly place: string } & (
  | { readonly edits: readonly Edit[] }
  | { readonly script: string; readonly within: 'image' | 'tools' }
)

/** How an image is made: nothing of it follows from that. */
export interface Reading {
  readonly maxUnpackedBytes?: number
  readonly sandbox?: SandboxChoice
  /** Bytes that commands may add, and that they may use of memory. */
  readonly disk?: number
  readonly memory?: number
}

/** Where commands run. "auto": in namespaces where they work, else without. */
export type SandboxChoice = 'auto' | 'namespace' | 'fakeroot'

/** What an image is assembled from. */
export interface Assembling {
  readonly name: string
  /** The conf's own path, from which that of the image's layer follows. */
  readonly path: StorePath
  readonly data: LayeredData
  readonly reading: Reading
  /** Absent where neither the call, nor the packages' ecosystems, nor anything but the base says it. */
  readonly architecture: string | undefined
  readonly contents: readonly Recipe[]
  readonly copied: readonly Copied[]
  /** All packages that the arguments name, but for the base. */
  readonly inputs: readonly Recipe[]
  readonly base: Recipe | undefined
  /** What shell commands run with, where there are some. */
  readonly tools: Recipe | undefined
  readonly uses: readonly Used[]
}

/** Copied files, whose packages are known. */
export interface Copied extends Omit<CopiedFiles, 'kind' | 'from'> {
  readonly from: readonly { readonly recipe: Recipe; readonly name: string }[]
}

/** How contents are copied. */
export interface Copies {
  /** Links to directories stay links, instead of becoming directories with copies of what is there. */
  readonly keepDirlinks: boolean
  /** Owner of what is copied. */
  readonly uid: number
  readonly gid: number
}
