/**
 * `buildLayeredImage` and `streamLayeredImage`: what people call; here arguments become plain data, nothing is made.
 *
 * Both share one package, `<name>-conf.json`, which says all of the image but its tag and compression: its hash part is the default tag,
 * the same for both, known without building. Names, arguments and defaults are the manual's (nixpkgs manual, "pkgs.dockerTools").
 */
import type { LayeredData, Reading } from '../assembly/image-data.ts'
import { type Compressor, type CompressorInput, suffixOf } from '../format/compression/compressors.ts'
import type { Package } from '../source/package.ts'
import { define, definitionOf, extended, keyOf } from '../source/placeholder.ts'
import type { Root } from '../tree/edit.ts'
import type { Bound } from './bound.ts'
import type { ContainerConfigInput } from './config.ts'
import { checkLayered, type Layered } from './layered-arguments.ts'
import { type Change, changed, type Overridable } from './override.ts'

/** A typed command: called once, at once, with a recorder; what it records is the recipe. */
export type Commands = (root: Root) => void

/** What `buildLayeredImage` and `streamLayeredImage` take. `null` says default everywhere. */
export interface LayeredImageArguments {
  /** Image name, lower-cased; a registry prefix is fine. */
  readonly name: string
  /** Default: the hash part of the store path of `<name>-conf.json`. May hold a placeholder. */
  readonly tag?: string | null
  /** Packages (or folders of this machine) that are linked into the image's root; Debian packages stand there as they are. */
  readonly contents?: Package | string | undefined | readonly (Package | string | undefined)[] | null
  /** An image to build upon: one of slipway's, or an archive or OCI layout as a package or a path of this machine. */
  readonly fromImage?: Package | string | null
  /** Which image of several in `fromImage`; each may be given alone. Default: the first. */
  readonly fromImageName?: string | null
  readonly fromImageTag?: string | null
  /** Bytes that a packed base may unpack to, where that is more than 1 GiB and more than 100 times its size. */
  readonly maxUnpackedBytes?: number | null
  /** What is taken over of the base's config: "all" (default) as a Dockerfile's FROM does, "env" only the variables, as nixpkgs does. */
  readonly inheritConfig?: 'all' | 'env' | null
  /** The container's config (OCI image specification, config.md). Packages named in it come along. */
  readonly config?: ContainerConfigInput | null
  /** In Go's spelling or Debian's; default: the set's, else this machine's. */
  readonly architecture?: string | null
  /** Of the image: a date, `@seconds` or "now". Default 1970-01-01T00:00:01Z. */
  readonly created?: string | null
  /** Of every file in store layers: as `created`. Default 1970-01-01T00:00:01Z. */
  readonly mtime?: string | null
  /** Owner of store layers. Default 0, 0, "root", "root". */
  readonly uid?: number | null
  readonly gid?: number | null
  readonly uname?: string | null
  readonly gname?: string | null
  /** Layers in all, 2 to 125. Default 100. */
  readonly maxLayers?: number | null
  /** How store paths are grouped: "popularity" (default) or "auto" (by size). */
  readonly layering?: 'popularity' | 'auto' | null
  /** Steps as in nixpkgs, such as `[["popularity_contest"], ["limit_layers", 20]]`. */
  readonly layeringPipeline?: readonly unknown[] | null
  /** Changes to the image's root, in order. */
  readonly extraCommands?: Commands | string | null
  /** The same, after `extraCommands`. */
  readonly fakeRootCommands?: Commands | string | null
  /** Whether `fakeRootCommands` sees the image's root as "/". Default false: its working directory is there. */
  readonly enableFakechroot?: boolean | null
  /** Whether dpkg configures the image's Debian packages with their own scripts, before all commands. Default false. */
  readonly debianConfigure?: boolean | null
  /** false: nothing below /nix/store is in the image. Default true. */
  readonly includeStorePaths?: boolean | null
  /** Puts a Nix database of the contents' closure into the image. Default false. */
  readonly includeNixDB?: boolean | null
  /** "gz" (default), "none" or "zstd"; only for buildLayeredImage. */
  readonly compressor?: CompressorInput | null
  /** Properties that the result is given besides its own. */
  readonly passthru?: Readonly<Record<string, unknown>> | null
  readonly meta?: Readonly<Record<string, unknown>> | null
  /** Accepted as in nixpkgs; `slipway inspect` explains the layering of any image. */
  readonly debug?: boolean | null
}

/** What both results tell. */
export interface ImageProperties {
  readonly imageName: string
  /** The given tag, else 32 characters that stand for the hash until the image is built. */
  readonly imageTag: string
  readonly buildArgs: LayeredImageArguments
}

/** An image archive that will be in the store. */
export interface LayeredImage extends Package, ImageProperties, Overridable<LayeredImageArguments, LayeredImage> {
  /** The same image as a stream. */
  readonly stream: StreamedImage
}

/** A script that streams an image. */
export interface StreamedImage extends Package, ImageProperties, Overridable<LayeredImageArguments, StreamedImage> {
  /** The store object that says what is streamed. */
  readonly conf: Package
  /** The same image as an archive in the store. */
  readonly archive: LayeredImage
}

const streamMaker = 'stream-2'

/** Whether a package is a script that streams an image. */
export function isStream(made: Package): made is StreamedImage {
  return definitionOf(made).maker === streamMaker
}

/** @throws BuildError argument.*, config.invalid, placeholder.misplaced: all at the call */
export function buildLayeredImage(given: LayeredImageArguments, bound: Bound): LayeredImage {
  const checked = checkLayered('buildLayeredImage', given, bound)
  const conf = confPackage(checked, 'build')
  const { imageName, tag, compressor } = checked
  const made = define<ArchiveArguments>({
    maker: 'docker-archive-1',
    name: archiveName(checked),
    arguments: { conf, imageName, tag, compressor, defaultTag: 'conf' },
  })
  return extended(made, {
    ...checked.passthru,
    ...properties(checked, conf, given),
    override: (change: Change<LayeredImageArguments>) => buildLayeredImage(changed(given, change), bound),
    get stream(): StreamedImage {
      return streamLayeredImage({ ...given, compressor: null }, bound)
    },
  })
}

/** @throws BuildError argument.*, config.invalid, placeholder.misplaced: all at the call */
export function streamLayeredImage(given: LayeredImageArguments, bound: Bound): StreamedImage {
  const checked = checkLayered('streamLayeredImage', given, bound)
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
    override: (change: Change<LayeredImageArguments>) => streamLayeredImage(changed(given, change), bound),
    conf,
    get archive(): LayeredImage {
      return buildLayeredImage({ ...given, compressor: 'none' }, bound)
    },
  })
}

function properties(checked: Layered, conf: Package, given: LayeredImageArguments): ImageProperties {
  return { imageName: checked.imageName, imageTag: checked.tag ?? keyOf(conf), buildArgs: Object.freeze({ ...given }) }
}

/** All of an image but its tag and compression. */
export interface ConfArguments {
  readonly baseName: string
  readonly image: LayeredData
  readonly reading: Reading
  /** Where the image is created "now": whether a build reads the clock, once, or a stream whenever it runs. */
  readonly now?: 'build' | 'stream'
}

/** What a script streams, and under which name. */
export interface ScriptArguments {
  readonly conf: Package
  readonly imageName: string
  /** Null: the hash part that `defaultTag` says; a script's is its conf's. */
  readonly tag: string | null
}

/** An archive: the same, with its compression. */
export interface ArchiveArguments extends ScriptArguments {
  readonly compressor: Compressor
  /** Whose hash part is the default tag: the conf's, or the archive's own. */
  readonly defaultTag: 'conf' | 'own'
}

function confPackage({ baseName, image, reading }: Layered, reader: 'build' | 'stream'): Package {
  return define<ConfArguments>({
    maker: 'layered-conf-2',
    name: `${baseName}-conf.json`,
    arguments: { baseName, image, reading, ...(image.created === 'now' ? { now: reader } : {}) },
  })
}

/** What the archive is called in the store. */
export function archiveName({ baseName, compressor }: Pick<Layered, 'baseName' | 'compressor'>): string {
  return `${baseName}.tar${suffixOf(compressor)}`
}
