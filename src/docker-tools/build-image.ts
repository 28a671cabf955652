/**
 * `buildImage`: exactly one new layer, on a base or on nothing, with copies of its packages at "/".
 *
 * Names, arguments and defaults are the manual's (nixpkgs manual, "buildImage"). Commands are typed functions; both `runAsRoot` and
 * `extraCommands` change the image's root, in this order.
 */
import type { LayeredData, Reading } from '../assembly/image-data.ts'
import { checkArguments, checkBoolean, integerFrom, orDefault } from '../base/check.ts'
import { fail } from '../base/error.ts'
import type { Compressor, CompressorInput } from '../format/compression/compressors.ts'
import type { Package } from '../source/package.ts'
import { define, extended, keyOf } from '../source/placeholder.ts'
import { baseNameOf, compressorOr, created, defaultCreated, imageName, imageTag, mtime, ownerId } from './arguments.ts'
import type { Bound } from './bound.ts'
import { commandsOf, recordCommands, withTools } from './commands.ts'
import { type ContainerConfigInput, checkConfig } from './config.ts'
import {
  architecture,
  baseChecks,
  checkBaseIsGiven,
  contents as contentsOf,
  makingOf,
  noContents,
  properties,
} from './layered-arguments.ts'
import {
  type ArchiveArguments,
  archiveName,
  type Commands,
  type ConfArguments,
  debugImage,
  type ImageContents,
  type ImageProperties,
  type LayeredImage,
} from './layered-image.ts'
import { type Change, changed, type Overridable } from './override.ts'

/** Arguments of `buildImage`. `null` means the default everywhere. */
export interface BuildImageArguments {
  /**
   * Image name without tag, converted to lower case; a registry's domain may come first.
   *
   * @example 'registry.example:5000/team/redis'
   */
  readonly name: string
  /** Tag of the image; may contain a placeholder. Default: the hash part of the result's own store path. */
  readonly tag?: string | null
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
  /** What the image inherits of the base's config: "all", as a Dockerfile's FROM does, or "env", only its variables, as nixpkgs does. Default: "all". */
  readonly inheritConfig?: 'all' | 'env' | null
  /**
   * Packages, or directories of this machine, whose files are copied to "/"; where two provide one path, the later wins. And
   * files that `copy()` describes, at their own paths.
   *
   * @example [pkgs('redis-server'), dockerTools.binSh]
   */
  readonly copyToRoot?: ImageContents | null
  /** Older name of `copyToRoot`; only one of the two may be given. */
  readonly contents?: BuildImageArguments['copyToRoot']
  /** Whether links to directories stay links, instead of becoming directories with copies of their files. Default: false. */
  readonly keepContentsDirlinks?: boolean | null
  /**
   * Changes to the image's root as user root: a typed function, or a shell script that has the image's root as "/".
   *
   * @example (root) => root.mkdir('data')
   */
  readonly runAsRoot?: Commands | string | null
  /** Changes to the image's root, after `runAsRoot`: a typed function, or a shell script in that directory. */
  readonly extraCommands?: Commands | string | null
  /** Whether dpkg configures the image's Debian packages with their maintainer scripts, before `runAsRoot`. Default: false. */
  readonly debianConfigure?: boolean | null
  /**
   * What a container of the image runs, and how (OCI image specification, config.md). Packages named in it become part of the image.
   *
   * @example { Cmd: [`${pkgs('redis-server')}/usr/bin/redis-server`], ExposedPorts: { '6379/tcp': {} } }
   */
  readonly config?: ContainerConfigInput | null
  /** Whether the program that `config` starts may be missing from the image, because a volume provides it. Default: false. */
  readonly allowMissingCommand?: boolean | null
  /** Architecture of the image, in Go's spelling ("amd64", "arm64") or Debian's. Default: the set's, else this machine's. */
  readonly architecture?: string | null
  /** User ID that owns what is copied to "/". Default: 0. */
  readonly uid?: number | null
  /** Group ID of what is copied to "/". Default: 0. */
  readonly gid?: number | null
  /** Limit on the disk space that shell commands may add, in MiB. Default: 1024. */
  readonly diskSize?: number | null
  /** Limit on the memory that shell commands may use, in MiB. Default: none. */
  readonly buildVMMemorySize?: number | null
  /**
   * Creation date of the image (config.md, "created"): a date, `@` and seconds since 1970, or "now". Default: "1970-01-01T00:00:01Z".
   *
   * @example '2024-05-06T07:08:09Z'
   */
  readonly created?: string | null
  /** Modification time of every file: as `created`. Default: "1970-01-01T00:00:01Z". */
  readonly mtime?: string | null
  /** Compression of the archive: "gz", "none" or "zstd" (Docker 23.0 or newer), with a level if need be. Default: "gz". */
  readonly compressor?: CompressorInput | null
  /** Whether the image includes a Nix database of the closure. Default: false. */
  readonly includeNixDB?: boolean | null
  /** Accepted for compatibility with nixpkgs; has no effect. */
  readonly meta?: Readonly<Record<string, unknown>> | null
}

/** Image with one layer of its own, built as a docker-archive in the store. */
export interface BuiltImage
  extends Package,
    Omit<ImageProperties, 'buildArgs'>,
    Overridable<BuildImageArguments, BuiltImage> {
  /** Arguments that the image was described with. */
  readonly buildArgs: BuildImageArguments
  /**
   * The same image with a shell, tools and strace on top, for debugging: it uses this image as its base, so the lower layers are the same
   * bytes. Its tag ends in `-debug` if the image's tag was given.
   */
  readonly debug: LayeredImage
}

/** @throws BuildError argument.*, config.invalid, placeholder.misplaced: all at the call */
export function buildImage(given: BuildImageArguments, bound: Bound): BuiltImage {
  const { imageName, baseName, tag, compressor, image, reading } = checkBuildImage(given, bound)
  const conf = define<ConfArguments>({
    maker: 'image-conf-2',
    name: `${baseName}-conf.json`,
    arguments: { baseName, image, reading },
  })
  const made = define<ArchiveArguments>({
    maker: 'docker-image-1',
    name: archiveName({ baseName, compressor }),
    arguments: { conf, imageName, tag, compressor, defaultTag: 'own' },
  })
  return extended(made, {
    imageName,
    imageTag: tag ?? keyOf(made),
    buildArgs: Object.freeze({ ...given }),
    override: (change: Change<BuildImageArguments>) => buildImage(changed(given, change), bound),
    get debug(): LayeredImage {
      return debugImage(made, given, bound)
    },
  })
}

interface Checked {
  readonly imageName: string
  readonly baseName: string
  readonly tag: string | null
  readonly compressor: Compressor
  readonly image: LayeredData
  readonly reading: Reading
}

function checkBuildImage(given: unknown, bound: Bound): Checked {
  const some = orDefault(contentsOf(bound), null)
  const size = orDefault(integerFrom(1, 2 ** 31), null)
  const checked = checkArguments('buildImage', given, {
    name: imageName,
    tag: orDefault(imageTag, null),
    ...baseChecks(bound),
    copyToRoot: some,
    contents: some,
    keepContentsDirlinks: orDefault(checkBoolean, false),
    runAsRoot: orDefault(recordCommands, []),
    extraCommands: orDefault(recordCommands, []),
    debianConfigure: orDefault(checkBoolean, false),
    config: orDefault(checkConfig, {}),
    allowMissingCommand: orDefault(checkBoolean, false),
    architecture: orDefault(architecture, bound.architecture ?? null),
    uid: orDefault(ownerId, 0),
    gid: orDefault(ownerId, 0),
    diskSize: size,
    buildVMMemorySize: size,
    created: orDefault(created, defaultCreated),
    mtime: orDefault(mtime, 1),
    compressor: compressorOr('gz'),
    includeNixDB: orDefault(checkBoolean, false),
    meta: orDefault(properties, {}),
  })
  const { copyToRoot, contents, keepContentsDirlinks, runAsRoot, uid, gid, name, tag } = checked
  if (copyToRoot !== null && contents !== null) bothGiven()
  checkBaseIsGiven('buildImage', checked)
  const { fromImage, fromImageName, fromImageTag, inheritConfig, config, includeNixDB } = checked
  const image: LayeredData = {
    ...{ name, fromImage, fromImageName, fromImageTag, inheritConfig, config, includeNixDB },
    ...{ architecture: checked.architecture, created: checked.created, mtime: checked.mtime },
    ...(copyToRoot ?? contents ?? noContents),
    ...(checked.allowMissingCommand ? { allowMissingCommand: true } : {}),
    // runAsRoot comes first: extraCommands sees what it did.
    ...withTools(
      [...commandsOf('runAsRoot', runAsRoot, 'image'), ...commandsOf('extraCommands', checked.extraCommands, 'tools')],
      { bound, configure: checked.debianConfigure },
    ),
    ...{ uid: 0, gid: 0, uname: 'root', gname: 'root' },
    ...{ maxLayers: 125, layering: 'popularity', layeringPipeline: null, includeStorePaths: true },
    copies: { keepDirlinks: keepContentsDirlinks, uid, gid },
  }
  return {
    imageName: name,
    baseName: baseNameOf(name),
    tag,
    compressor: checked.compressor,
    image,
    reading: makingOf(checked, bound),
  }
}

function bothGiven(): never {
  return fail('argument.invalid', 'buildImage was given both `copyToRoot` and `contents`, which is its older name.', {
    remedy: 'Give `copyToRoot` alone.',
  })
}
