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

/** What `exportImage` takes. `null` says default everywhere. */
export interface ExportImageArguments {
  /** The image: one of slipway's, or an archive or OCI layout as a package or a path of this machine. */
  readonly fromImage: Package | string | undefined
  /** Name of the store object. Default: the image's, with ".tar". */
  readonly name?: string | null
  /** Which image of several in `fromImage`; each may be given alone. Default: the first. */
  readonly fromImageName?: string | null
  readonly fromImageTag?: string | null
  /** Which of an index for several platforms, in Go's spelling. Default: this machine's. */
  readonly architecture?: string | null
  /** Accepted as in nixpkgs; no virtual machine is needed. MiB. */
  readonly diskSize?: number | null
  /** Bytes that a packed image may unpack to, where that is more than 1 GiB and more than 100 times its size. */
  readonly maxUnpackedBytes?: number | null
  /** "none" (default), "gz" or "zstd". */
  readonly compressor?: CompressorInput | null
}

/** A root file system that will be in the store. */
export interface ExportedImage extends Package, Overridable<ExportImageArguments, ExportedImage> {
  readonly buildArgs: ExportImageArguments
}

/** All that an export follows from. */
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
