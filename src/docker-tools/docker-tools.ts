/** `dockerTools`: the builders of images, bound to a package set, under the names of nixpkgs' manual. */

import { arrayOf, type Check, checkArguments, checkString, refuse } from '../base/check.ts'
import type { Package } from '../source/package.ts'
import { extended } from '../source/placeholder.ts'
import type { Bound } from './bound.ts'
import { type BuildImageArguments, type BuiltImage, buildImage } from './build-image.ts'
import { type ExportedImage, type ExportImageArguments, exportImage } from './export-image.ts'
import { type FakeNss, linkPackage, makeFakeNss } from './helpers.ts'
import { type ImageIndex, type ImageIndexOptions, imageIndex } from './image-index.ts'
import {
  buildLayeredImage,
  type LayeredImage,
  type LayeredImageArguments,
  type StreamedImage,
  streamLayeredImage,
} from './layered-image.ts'
import { type MergeImagesOptions, mergeImages } from './merge-images.ts'
import { shadowSetup } from './shadow-setup.ts'

/** CA certificates; `override` adds further ones, as PEM texts. */
export type CaCertificates = Package & {
  override(given: { readonly extraCertificates: readonly string[] }): CaCertificates
}

/** The builders of a set. */
export interface DockerTools {
  /** An image of one new layer, on a base or on nothing, with copies of its packages at "/". */
  buildImage(given: BuildImageArguments): BuiltImage
  /** An image as an archive, in layers that are shared between images. */
  buildLayeredImage(given: LayeredImageArguments): LayeredImage
  /** The same image as a script that streams it: nothing is stored twice. */
  streamLayeredImage(given: LayeredImageArguments): StreamedImage
  /** An image's root file system as one tar archive, for `docker import`. */
  exportImage(given: ExportImageArguments): ExportedImage
  /** Several images in one archive, for one `docker load`. */
  mergeImages(images: readonly (Package | string | undefined)[], options?: MergeImagesOptions | null): Package
  /** Images for several architectures under one name, as an OCI archive. */
  imageIndex(images: readonly (Package | string | undefined)[], options?: ImageIndexOptions | null): ImageIndex
  /** `/etc/passwd`, `/etc/group`, `/etc/nsswitch.conf` and an empty home. */
  readonly fakeNss: FakeNss
  /** `/bin/sh`, which is the set's bash. */
  readonly binSh: Package
  /** `/usr/bin/env`. */
  readonly usrBinEnv: Package
  /** Shell text for the beginning of `runAsRoot`: the files that groupadd and useradd need. */
  readonly shadowSetup: string
  /** The bundle of CA certificates at the three places where programs look. */
  readonly caCertificates: CaCertificates
}

/** Binds the builders to a set. */
export function bindDockerTools(bound: Bound): DockerTools {
  return Object.freeze({
    buildImage: (given: BuildImageArguments) => buildImage(given, bound),
    buildLayeredImage: (given: LayeredImageArguments) => buildLayeredImage(given, bound),
    streamLayeredImage: (given: LayeredImageArguments) => streamLayeredImage(given, bound),
    exportImage: (given: ExportImageArguments) => exportImage(given, bound),
    mergeImages: (images: readonly (Package | string | undefined)[], options: MergeImagesOptions | null = null) =>
      mergeImages(images, options, bound),
    imageIndex: (images: readonly (Package | string | undefined)[], options: ImageIndexOptions | null = null) =>
      imageIndex(images, options, bound),
    get fakeNss() {
      return makeFakeNss()
    },
    shadowSetup,
    get binSh() {
      return linkPackage('bin-sh', { 'bin/sh': bound.shell() })
    },
    get usrBinEnv() {
      return linkPackage('usr-bin-env', { 'usr/bin/env': bound.env() })
    },
    get caCertificates() {
      return caCertificates([], bound)
    },
  })
}

function caCertificates(extra: readonly string[], bound: Bound): CaCertificates {
  return extended(bound.certificates(extra), {
    override: (given: { readonly extraCertificates: readonly string[] }) => {
      const checks = { extraCertificates: arrayOf(certificate, 'an array of strings') }
      return caCertificates(checkArguments('caCertificates', given, checks).extraCertificates, bound)
    },
  })
}

const certificate: Check<string> = (value, place) => {
  const text = checkString(value, place)
  return /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(text)
    ? text
    : refuse(place, value, 'a certificate in PEM form')
}
