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
import type { PullImageArguments } from './pull/arguments.ts'
import { type PulledImage, pullImage } from './pull/pull-image.ts'
import { shadowSetup } from './shadow-setup.ts'

/** Package of CA certificates, at the paths where programs look for them. */
export interface CaCertificates extends Package {
  /**
   * Returns the same package with further certificates.
   *
   * @param given - `extraCertificates`: an array of certificates in PEM form.
   * @throws BuildError argument.*
   */
  override(given: CaCertificatesArguments): CaCertificates
}

/** Arguments of `caCertificates.override`. */
export interface CaCertificatesArguments {
  /** Certificates in PEM form, to add to the set's. */
  readonly extraCertificates: readonly string[]
}

/** Builders of images, bound to a package set; names, arguments and defaults are those of the nixpkgs manual, "pkgs.dockerTools". */
export interface DockerTools {
  /**
   * Describes an image with one layer of its own, on a base or on none: copies of its packages' files at "/".
   *
   * @example dockerTools.buildImage({ name: 'hello', copyToRoot: [pkgs('hello')], config: { Cmd: ['hello'] } })
   * @throws BuildError argument.*, config.invalid, placeholder.misplaced
   */
  buildImage(given: BuildImageArguments): BuiltImage
  /**
   * Describes an image as a docker-archive, in layers that images share.
   *
   * @example dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
   * @throws BuildError argument.*, config.invalid, layering.*, placeholder.misplaced
   */
  buildLayeredImage(given: LayeredImageArguments): LayeredImage
  /**
   * Describes the same image as a script that streams it, so that nothing is stored twice.
   *
   * @example dockerTools.streamLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
   * @throws BuildError argument.*, config.invalid, layering.*, placeholder.misplaced
   */
  streamLayeredImage(given: LayeredImageArguments): StreamedImage
  /**
   * Describes an image of a registry: a base for other images, or an archive of its own, byte for byte the one that nixpkgs' `pullImage` makes.
   *
   * @example dockerTools.pullImage({ imageName: 'debian', imageTag: 'trixie-slim' })
   * @throws BuildError argument.*, and when built registry.*, network.*, lock.*, image.not-found, store.hash-mismatch
   */
  pullImage(given: PullImageArguments): PulledImage
  /**
   * Describes an image's root file system as one tar archive, for `docker import`.
   *
   * @example dockerTools.exportImage({ fromImage: dockerTools.buildLayeredImage({ name: 'hello' }) })
   * @throws BuildError argument.*
   */
  exportImage(given: ExportImageArguments): ExportedImage
  /**
   * Describes one docker-archive of several images, for one `docker load`. Of an archive, all images are taken.
   *
   * @example dockerTools.mergeImages([dockerTools.buildLayeredImage({ name: 'hello' }), 'base.tar'])
   * @throws BuildError argument.*
   */
  mergeImages(images: readonly (Package | string | undefined)[], options?: MergeImagesOptions | null): Package
  /**
   * Describes an OCI archive of images for several architectures under one name (OCI image specification, image-index.md).
   *
   * @example dockerTools.imageIndex([dockerTools.buildLayeredImage({ name: 'hello', architecture: 'arm64' })])
   * @throws BuildError argument.*
   */
  imageIndex(images: readonly (Package | string | undefined)[], options?: ImageIndexOptions | null): ImageIndex
  /** Package of `/etc/passwd`, `/etc/group` and `/etc/nsswitch.conf` for root and nobody, with an empty home, `/var/empty`. */
  readonly fakeNss: FakeNss
  /** Package that provides `/bin/sh`: a link to the set's bash. */
  readonly binSh: Package
  /** Package that provides `/usr/bin/env`: a link to the set's `env`. */
  readonly usrBinEnv: Package
  /** Shell commands that create the files that groupadd and useradd need; they go at the beginning of `runAsRoot`. */
  readonly shadowSetup: string
  /** Package of the bundle of CA certificates, at the paths where programs look for it. */
  readonly caCertificates: CaCertificates
}

/** Binds the builders to a set. */
export function bindDockerTools(bound: Bound): DockerTools {
  return Object.freeze({
    buildImage: (given: BuildImageArguments) => buildImage(given, bound),
    buildLayeredImage: (given: LayeredImageArguments) => buildLayeredImage(given, bound),
    streamLayeredImage: (given: LayeredImageArguments) => streamLayeredImage(given, bound),
    pullImage: (given: PullImageArguments) => pullImage(given, bound),
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
    override: (given: CaCertificatesArguments) => {
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
