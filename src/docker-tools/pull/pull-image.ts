/**
 * `pullImage`: an image of a registry as a package, pinned by its digest, or by its tag and slipway.lock.
 *
 * Names, arguments and defaults are those of the nixpkgs manual. There are two packages: the image, whose layers the store keeps as they were
 * sent, once for all images, and its archive, which is written only if the package itself is built.
 */
import type { Package } from '../../source/package.ts'
import { argumentOf, define, definitionOf, extended, isPackage } from '../../source/placeholder.ts'
import type { Bound } from '../bound.ts'
import { type Change, changed, type Overridable } from '../override.ts'
import { checkPull, type Pull, type PullImageArguments } from './arguments.ts'
import { pulledName } from './pulled-path.ts'

/** Image of a registry; building it produces the docker-archive that skopeo would make. */
export interface PulledImage extends Package, Overridable<PullImageArguments, PulledImage> {
  /** Name that the image has in its archive, without tag. */
  readonly imageName: string
  /** Tag that the image has in its archive. */
  readonly imageTag: string
  /** Arguments that the image was described with. */
  readonly buildArgs: PullImageArguments
}

/** Archive of a pulled image. */
export interface PulledArchive {
  readonly pulled: Package
  readonly pull: Pull
}

const archiveMaker = 'pulled-archive-1'

/** Tells whether a package is an image that is pulled from a registry. */
export function isPulled(made: Package): made is PulledImage {
  return definitionOf(made).maker === archiveMaker
}

/** Returns the image itself, without its archive. */
export function pulledOf(made: PulledImage): Package {
  const pulled = argumentOf(made, 'pulled')
  if (!isPackage(pulled)) throw new Error(`unreachable: ${made.name} is pulled without an image`)
  return pulled
}

/** @throws BuildError argument.*: all at the call */
export function pullImage(given: PullImageArguments, bound: Bound): PulledImage {
  const { finalName, ...pull } = checkPull(given, bound)
  const image = define<Pull>({
    maker: 'pulled-image-1',
    name: pulledName(pull),
    arguments: pull,
  })
  const archive = define<PulledArchive>({
    maker: archiveMaker,
    name: pull.name,
    arguments: { pulled: image, pull },
  })
  return extended(archive, {
    imageName: finalName,
    imageTag: pull.final.tag,
    buildArgs: Object.freeze({ ...given }),
    override: (change: Change<PullImageArguments>) => pullImage(changed(given, change), bound),
  })
}
