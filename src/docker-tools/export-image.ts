/**
 * `exportImage`: an image as one tar archive of its root file system, as `docker export` gives it and `docker import` takes it.
 *
 * Names, arguments and defaults are the manual's; nothing is unpacked and no virtual machine is needed.
 */
import { checkArguments, checkString, integerFrom, orDefault } from '../base/check.ts'
import type { Compressor, CompressorInput } from '../format/compression/compressors.ts'
import type { Package } from '../source/package.ts'
import { define, extended } from '../source/placeholder.ts'
import { compressorOr, imageName, imageTag } from './arguments.ts'
import type { Bound } from './bound.ts'
import { type ImageInput, imageInput } from './image-input.ts'
import { architecture, maxUnpackedBytes, readingOf } from './layered-arguments.ts'
import { archiveName } from './layered-image.ts'
import { type Change, changed, type Overridable } from './override.ts'

/** Arguments of `dockerTools.exportImage`. `null` means the default everywhere. */
export interface ExportImageArguments {
  /** Image to export: one of slipway's, or a docker-archive or OCI layout as a package or as a path on this machine. */
  readonly fromImage: Package | string | undefined
  /** Name of the store object. Default: the image's name, with ".tar". */
  readonly name?: string | null
  /** Name of the image among several in `fromImage`, without tag. Default: the first image. */
  readonly fromImageName?: string | null
  /** Tag of the image among several in `fromImage`. Default: the first image. */
  readonly fromImageTag?: string | null
  /** Architecture to take from an index of several, in Go's spelling. Default: this machine's. */
  readonly architecture?: string | null
  /** Accepted for compatibility with nixpkgs, in MiB; has no effect, since no virtual machine is used. */
  readonly diskSize?: number | null
  /** Limit, in bytes, on what a compressed image may expand to. Default: the larger of 1 GiB and 100 × its compressed size. */
  readonly maxUnpackedBytes?: number | null
  /** Compression of the archive: "none", "gz" or "zstd", with a level if need be. Default: "none". */
  readonly compressor?: CompressorInput | null
}

/** Root file system of an image, built as a tar archive in the store. */
export interface ExportedImage extends Package, Overridable<ExportImageArguments, ExportedImage> {
  /** Arguments that the export was described with. */
  readonly buildArgs: ExportImageArguments
}

/** Everything that determines an export. */
export interface Export {
  readonly name: string
  readonly image: ImageInput
  readonly select: { readonly name: string | null; readonly tag: string | null; readonly architecture: string | null }
  readonly compressor: Compressor
}

/** @throws BuildError argument.*: all at the call */
export function exportImage(given: ExportImageArguments, bound: Bound): ExportedImage {
  const checked = checkArguments('exportImage', given, {
    fromImage: imageInput(bound),
    name: orDefault(checkString, null),
    fromImageName: orDefault(imageName, null),
    fromImageTag: orDefault(imageTag, null),
    architecture: orDefault(architecture, null),
    diskSize: orDefault(integerFrom(1, 2 ** 31), null),
    maxUnpackedBytes,
    compressor: compressorOr('none'),
  })
  const image = { ...checked.fromImage, reading: readingOf(checked.maxUnpackedBytes) }
  const made: Export = {
    name: checked.name ?? archiveName({ baseName: image.named, compressor: checked.compressor }),
    image,
    select: { name: checked.fromImageName, tag: checked.fromImageTag, architecture: checked.architecture },
    compressor: checked.compressor,
  }
  const exported = define({
    maker: 'root-archive-1',
    name: made.name,
    arguments: made,
  })
  return extended(exported, {
    buildArgs: Object.freeze({ ...given }),
    override: (change: Change<ExportImageArguments>) => exportImage(changed(given, change), bound),
  })
}
