/**
 * `buildLayeredImage` and `streamLayeredImage`, the public functions: they convert arguments to plain data and make nothing.
 *
 * Both share one package, `<name>-conf.json`, which describes the image except for its tag and compression: its hash part is the default tag,
 * the same for both, known without building. Names, arguments and defaults are the manual's (nixpkgs manual, "pkgs.dockerTools").
 */
import type { LayeredData, Reading } from '../assembly/image-data.ts'
import { refuse } from '../base/check.ts'
import { type Compressor, type CompressorInput, suffixOf } from '../format/compression/compressors.ts'
import { mostLayers } from '../layer/grouping/layering.ts'
import type { LayeringStep } from '../layer/grouping/pipeline.ts'
import type { CopiedFiles } from '../source/copied-files.ts'
import type { Package } from '../source/package.ts'
import { define, definitionOf, extended, keyOf } from '../source/placeholder.ts'
import type { Root } from '../tree/edit.ts'
import type { Bound } from './bound.ts'
import type { ContainerConfigInput } from './config.ts'
import { checkLayered, type Layered } from './layered-arguments.ts'
import { type Change, changed, type Overridable } from './override.ts'

/** Typed commands: a synchronous function that is called once, when the image is described; the calls that it makes are recorded. */
export type Commands = (root: Root) => void

/** Contents of an image: packages, files or directories of this machine, and files that `copy()` describes. `undefined` is skipped. */
export type ImageContents =
  | Package
  | CopiedFiles
  | string
  | undefined
  | readonly (Package | CopiedFiles | string | undefined)[]

/** Arguments of `buildLayeredImage` and `streamLayeredImage`. `null` means the default everywhere. */
export interface LayeredImageArguments {
  /**
   * Image name without tag, converted to lower case; a registry's domain may come first.
   *
   * @example 'registry.example:5000/team/redis'
   */
  readonly name: string
  /** Tag of the image; may contain a placeholder. Default: the hash part of the store path of `<name>-conf.json`. */
  readonly tag?: string | null
  /**
   * Packages, or directories of this machine, that appear in the image's root: store packages as links, Debian packages at their usual paths;
   * and files that `copy()` describes, at their own paths.
   *
   * @example [pkgs('redis-server'), dockerTools.fakeNss]
   */
  readonly contents?: ImageContents | null
  /**
   * Base image: one of slipway's, or a docker-archive or OCI layout as a package or as a path on this machine. Default: none.
   *
   * @example dockerTools.buildLayeredImage({ name: 'base' })
   */
  readonly fromImage?: Package | string | null
  /** Name of the base among several images in `fromImage`, without tag. Default: the first image. */
  readonly fromImageName?: string | null
  /** Tag of the base among several images in `fromImage`. Default: the first image. */
  readonly fromImageTag?: string | null
  /** Limit, in bytes, on what a compressed base image may expand to. Default: the larger of 1 GiB and 100 × its compressed size. */
  readonly maxUnpackedBytes?: number | null
  /** Part of the base's config that is inherited: "all", as by a Dockerfile's FROM, or "env", its variables only, as in nixpkgs. Default: "all". */
  readonly inheritConfig?: 'all' | 'env' | null
  /**
   * Configuration of the image's containers (OCI image specification, config.md). Packages named in it become part of the image.
   *
   * @example { Cmd: [`${pkgs('redis-server')}/usr/bin/redis-server`], ExposedPorts: { '6379/tcp': {} } }
   */
  readonly config?: ContainerConfigInput | null
  /** Whether the program that `config` starts may be missing from the image, because a volume provides it. Default: false. */
  readonly allowMissingCommand?: boolean | null
  /** Architecture of the image, in Go's spelling ("amd64", "arm64") or Debian's. Default: the set's, else this machine's. */
  readonly architecture?: string | null
  /**
   * Creation date of the image (config.md, "created"): a date, `@` and seconds since 1970, or "now". Default: "1970-01-01T00:00:01Z".
   *
   * @example '2024-05-06T07:08:09Z'
   */
  readonly created?: string | null
  /** Modification time of every file in store layers: as `created`. Default: "1970-01-01T00:00:01Z". */
  readonly mtime?: string | null
  /** User ID that owns the files of store layers. Default: 0. */
  readonly uid?: number | null
  /** Group ID of the files of store layers. Default: 0. */
  readonly gid?: number | null
  /** Name of the owner, as layers record it beside `uid`. Default: "root". */
  readonly uname?: string | null
  /** Name of the group, as layers record it beside `gid`. Default: "root". */
  readonly gname?: string | null
  /** Maximum number of layers, those of the base and the image's own included: 2 to 125. Default: 100. */
  readonly maxLayers?: number | null
  /** How store paths are grouped into layers: by "popularity", as nixpkgs does, or "auto", by size. Default: "popularity". */
  readonly layering?: 'popularity' | 'auto' | null
  /**
   * Steps that group store paths into layers, with the names and arguments of nixpkgs' `layeringPipeline`; packages stand for their store paths.
   *
   * @example [['split_paths', [pkgs('redis-server')]], ['over', 'rest', ['pipe', [['popularity_contest'], ['limit_layers', 20]]]]]
   */
  readonly layeringPipeline?: readonly LayeringStep<Package | string>[] | null
  /**
   * Changes to the image's root: a typed function, or a shell script.
   *
   * @example (root) => root.mkdir('data', { uid: 999, gid: 999 })
   */
  readonly extraCommands?: Commands | string | null
  /** Changes to the image's root as user root, after `extraCommands`: a typed function, or a shell script. */
  readonly fakeRootCommands?: Commands | string | null
  /** Whether the script `fakeRootCommands` has the image's root as "/", instead of as its working directory. Default: false. */
  readonly enableFakechroot?: boolean | null
  /** Whether dpkg configures the image's Debian packages with their maintainer scripts, before all commands. Default: false. */
  readonly debianConfigure?: boolean | null
  /** Whether the image includes store paths; with false, it has nothing below /nix/store. Default: true. */
  readonly includeStorePaths?: boolean | null
  /** Whether the image includes a Nix database of the closure of `contents`. Default: false. */
  readonly includeNixDB?: boolean | null
  /** Compression of the archive: "gz", "none" or "zstd" (Docker 23.0 or newer), optionally with a level; for `streamLayeredImage` only "none". Default: "gz". */
  readonly compressor?: CompressorInput | null
  /** Further properties of the result. */
  readonly passthru?: Readonly<Record<string, unknown>> | null
  /** Accepted for compatibility with nixpkgs; has no effect. */
  readonly meta?: Readonly<Record<string, unknown>> | null
  /** Accepted for compatibility with nixpkgs; `slipway inspect` explains the layering of any image. */
  readonly debug?: boolean | null
}

/** Properties that every layered image has besides those of a package. */
export interface ImageProperties {
  /** Name of the image, without tag. */
  readonly imageName: string
  /** Tag of the image; for the default tag, a placeholder of 32 characters until the image is built. */
  readonly imageTag: string
  /** Arguments that the image was described with. */
  readonly buildArgs: LayeredImageArguments
}

/** Layered image that is built as a docker-archive in the store. */
export interface LayeredImage extends Package, ImageProperties, Overridable<LayeredImageArguments, LayeredImage> {
  /** The same image as a script that streams it. */
  readonly stream: StreamedImage
  /**
   * The same image with a shell, tools and strace on top, for debugging: it uses this image as its base, so the lower layers are the same
   * bytes. Its tag ends in `-debug` if the image's tag was given.
   */
  readonly debug: LayeredImage
}

/** Layered image that is built as a script, which streams it as a docker-archive to standard output. */
export interface StreamedImage extends Package, ImageProperties, Overridable<LayeredImageArguments, StreamedImage> {
  /** Store object that describes the image, `<name>-conf.json`. */
  readonly conf: Package
  /** The same image as an archive in the store. */
  readonly archive: LayeredImage
}

const streamMaker = 'stream-2'
const archiveMaker = 'docker-archive-1'

/** Tells whether a package is a layered image that is built as a script. */
export function isStream(made: Package): made is StreamedImage {
  return definitionOf(made).maker === streamMaker
}

/** Tells whether a package is a layered image that is built as an archive. */
export function isLayered(made: Package): made is LayeredImage {
  return definitionOf(made).maker === archiveMaker
}

/** Adds to the arguments of an image what a set knows of it. Pure. */
export type Complete = (given: LayeredImageArguments) => LayeredImageArguments

const asGiven: Complete = (given) => given

/**
 * @param complete - applied again whenever arguments change. Default: they are complete.
 * @throws BuildError argument.*, config.invalid, placeholder.misplaced: all at the call
 */
export function buildLayeredImage(
  given: LayeredImageArguments,
  bound: Bound,
  complete: Complete = asGiven,
): LayeredImage {
  const checked = checkLayered('buildLayeredImage', complete(given), bound)
  const conf = confPackage(checked, 'build')
  const { imageName, tag, compressor } = checked
  const made = define<ArchiveArguments>({
    maker: archiveMaker,
    name: archiveName(checked),
    arguments: { conf, imageName, tag, compressor, defaultTag: 'conf' },
  })
  return extended(made, {
    ...checked.passthru,
    ...properties(checked, conf, given),
    override: (change: Change<LayeredImageArguments>) => buildLayeredImage(changed(given, change), bound, complete),
    get debug(): LayeredImage {
      return debugImage(made, given, bound)
    },
    get stream(): StreamedImage {
      return streamLayeredImage({ ...given, compressor: null }, bound, complete)
    },
  })
}

/** Arguments that an image and its form for debugging have in common. */
type DebugArguments = Pick<LayeredImageArguments, 'name' | 'tag' | 'architecture' | 'created' | 'compressor'>

/** Describes an image with a shell, tools and a tracer on top of another. */
export function debugImage(image: Package, given: DebugArguments, bound: Bound): LayeredImage {
  const { name, tag = null, architecture = null, created = null, compressor = null } = given
  return buildLayeredImage(
    {
      ...{ name, architecture, created, compressor },
      tag: tag === null ? null : `${tag}-debug`,
      fromImage: image,
      contents: bound.debugPackages(),
      maxLayers: mostLayers,
    },
    bound,
  )
}

/**
 * @param complete - applied again whenever arguments change. Default: they are complete.
 * @throws BuildError argument.*, config.invalid, placeholder.misplaced: all at the call
 */
export function streamLayeredImage(
  given: LayeredImageArguments,
  bound: Bound,
  complete: Complete = asGiven,
): StreamedImage {
  const checked = checkLayered('streamLayeredImage', complete(given), bound)
  const { compressor } = given
  if (compressor !== undefined && compressor !== null && checked.compressor.name !== 'none')
    refuse('streamLayeredImage: compressor', compressor, 'left out or "none": a streamed image is not compressed')
  const conf = confPackage(checked, 'stream')
  const { imageName, tag } = checked
  const made = define<ScriptArguments>({
    maker: streamMaker,
    name: `stream-${checked.baseName}`,
    arguments: { conf, imageName, tag },
  })
  return extended(made, {
    ...checked.passthru,
    ...properties(checked, conf, given),
    override: (change: Change<LayeredImageArguments>) => streamLayeredImage(changed(given, change), bound, complete),
    conf,
    get archive(): LayeredImage {
      return buildLayeredImage({ ...given, compressor: 'none' }, bound, complete)
    },
  })
}

function properties(checked: Layered, conf: Package, given: LayeredImageArguments): ImageProperties {
  return { imageName: checked.imageName, imageTag: checked.tag ?? keyOf(conf), buildArgs: Object.freeze({ ...given }) }
}

/** An image, except for its tag and compression. */
export interface ConfArguments {
  readonly baseName: string
  readonly image: LayeredData
  readonly reading: Reading
  /** If the image is created "now": whether the build reads the clock, once, or a stream each time that it runs. */
  readonly now?: 'build' | 'stream'
}

/** Image that a script streams, and its name. */
export interface ScriptArguments {
  readonly conf: Package
  readonly imageName: string
  /** Null for the default: a script uses its conf's hash part, an archive that of `defaultTag`. */
  readonly tag: string | null
}

/** Image that is written to an archive, with its compression. */
export interface ArchiveArguments extends ScriptArguments {
  readonly compressor: Compressor
  /** Object whose hash part is the default tag: the conf, or the archive itself. */
  readonly defaultTag: 'conf' | 'own'
}

function confPackage({ baseName, image, reading }: Layered, reader: 'build' | 'stream'): Package {
  return define<ConfArguments>({
    maker: 'layered-conf-2',
    name: `${baseName}-conf.json`,
    arguments: { baseName, image, reading, ...(image.created === 'now' ? { now: reader } : {}) },
  })
}

/** Returns the archive's name in the store. */
export function archiveName({ baseName, compressor }: Pick<Layered, 'baseName' | 'compressor'>): string {
  return `${baseName}.tar${suffixOf(compressor)}`
}
