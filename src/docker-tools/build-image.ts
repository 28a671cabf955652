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
import { compressorOr, created, defaultCreated, imageName, imageTag, mtime, ownerId } from './arguments.ts'
import type { Bound } from './bound.ts'
import { commandsOf, recordCommands, withTools } from './commands.ts'
import { type ContainerConfigInput, checkConfig } from './config.ts'
import { architecture, baseChecks, makingOf, packages, properties } from './layered-arguments.ts'
import {
  type ArchiveArguments,
  archiveName,
  type Commands,
  type ConfArguments,
  type ImageProperties,
} from './layered-image.ts'
import { type Change, changed, type Overridable } from './override.ts'

/** What `buildImage` takes. `null` says default everywhere. */
export interface BuildImageArguments {
  /** Image name, lower-cased; a registry prefix is fine. */
  readonly name: string
  /** Default: the hash part of the result's own store path. May hold a placeholder. */
  readonly tag?: string | null
  /** An image to build upon: one of slipway's, or an archive or OCI layout as a package or a path of this machine. */
  readonly fromImage?: Package | string | null
  /** Which image of several in `fromImage`; each may be given alone. Default: the first. */
  readonly fromImageName?: string | null
  readonly fromImageTag?: string | null
  /** Bytes that a packed base may unpack to, where that is more than 1 GiB and more than 100 times its size. */
  readonly maxUnpackedBytes?: number | null
  /** What is taken over of the base's config: "all" (default) as a Dockerfile's FROM does, "env" only the variables, as nixpkgs does. */
  readonly inheritConfig?: 'all' | 'env' | null
  /** Packages or folders whose files are copied to "/"; at one path the later wins. */
  readonly copyToRoot?: Package | string | undefined | readonly (Package | string | undefined)[] | null
  /** The older name of `copyToRoot`; only one of the two may be given. */
  readonly contents?: BuildImageArguments['copyToRoot']
  /** Links to directories stay links, instead of becoming directories with copies of what is there. Default false. */
  readonly keepContentsDirlinks?: boolean | null
  /** Changes to the image's root, in order; then those of `extraCommands`. */
  readonly runAsRoot?: Commands | string | null
  readonly extraCommands?: Commands | string | null
  /** Whether dpkg configures the image's Debian packages with their own scripts, before `runAsRoot`. Default false. */
  readonly debianConfigure?: boolean | null
  /** The container's config (OCI image specification, config.md). Packages named in it come along. */
  readonly config?: ContainerConfigInput | null
  /** In Go's spelling or Debian's; default: the set's, else this machine's. */
  readonly architecture?: string | null
  /** Owner of what is copied to "/". Default 0, 0. */
  readonly uid?: number | null
  readonly gid?: number | null
  /** Accepted as in nixpkgs; no virtual machine is needed. MiB. */
  readonly diskSize?: number | null
  readonly buildVMMemorySize?: number | null
  /** Of the image: a date, `@seconds` or "now". Default 1970-01-01T00:00:01Z. */
  readonly created?: string | null
  /** Of every file: as `created`. Default 1970-01-01T00:00:01Z. */
  readonly mtime?: string | null
  /** "gz" (default), "none" or "zstd". */
  readonly compressor?: CompressorInput | null
  /** Puts a Nix database of the closure into the image. Default false. */
  readonly includeNixDB?: boolean | null
  readonly meta?: Readonly<Record<string, unknown>> | null
}

/** An image archive that will be in the store. */
export interface BuiltImage
  extends Package,
    Omit<ImageProperties, 'buildArgs'>,
    Overridable<BuildImageArguments, BuiltImage> {
  readonly buildArgs: BuildImageArguments
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
  const some = orDefault(packages(bound), null)
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
  const { fromImage, fromImageName, fromImageTag, inheritConfig, config, includeNixDB } = checked
  const image: LayeredData = {
    ...{ name, fromImage, fromImageName, fromImageTag, inheritConfig, config, includeNixDB },
    ...{ architecture: checked.architecture, created: checked.created, mtime: checked.mtime },
    contents: copyToRoot ?? contents ?? [],
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
    baseName: name.slice(name.lastIndexOf('/') + 1),
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
