/**
 * Images as arguments of `exportImage`, `mergeImages` and `imageIndex`, as plain data.
 *
 * An image described by slipway is read from its conf.json, so its archive is neither made nor unpacked; anything else is read as an archive
 * or a layout.
 */

import type { Reading } from '../assembly/image-data.ts'
import { arrayOf, type Check, refuse } from '../base/check.ts'
import { isPlainObject } from '../base/document.ts'
import type { Package } from '../source/package.ts'
import { argumentOf, isPackage } from '../source/placeholder.ts'
import { baseNameOf } from './arguments.ts'
import type { Bound } from './bound.ts'
import { imageOrFile } from './layered-arguments.ts'

/** An image given as an argument. */
export interface ImageInput {
  /** Its name in the store, without the extensions of archives. */
  readonly named: string
  /** Conf of an image described by slipway, image that was pulled, or package that contains an archive or a layout. */
  readonly source: Package
  readonly isConf: boolean
  /** Its full name, if its description has one; may contain placeholders. */
  readonly reference: string | null
  /** Limits for reading an archive. */
  readonly reading?: Reading
}

/** Check for an image described by slipway, a package that is an archive, or the path of one on this machine. */
export function imageInput(bound: Bound): Check<ImageInput> {
  const given = imageOrFile(bound)
  return (value, place) => inputOf(given(value, place))
}

/** Check for an array of at least one image. */
export function imageInputs(bound: Bound): Check<readonly ImageInput[]> {
  const some = arrayOf(imageInput(bound), 'an array of images')
  return (value, place) => {
    const images = some(value, place)
    return images.length > 0 ? images : refuse(place, value, 'an array of at least one image')
  }
}

/** Tells whether a package's argument is an image. */
export function isImageInput(value: unknown): value is ImageInput {
  return isPlainObject(value) && isPackage(value.source) && typeof value.isConf === 'boolean'
}

/** Interprets a package as an image. */
export function inputOf(given: Package): ImageInput {
  const named = plainName(given)
  if (!('imageName' in given && 'imageTag' in given)) return { named, source: given, isConf: false, reference: null }
  const reference = `${String(given.imageName)}:${String(given.imageTag)}`
  const [conf, pulled] = [argumentOf(given, 'conf'), argumentOf(given, 'pulled')]
  if (isPackage(pulled)) return { named, source: pulled, isConf: false, reference }
  return isPackage(conf)
    ? { named, source: conf, isConf: true, reference }
    : { named, source: given, isConf: false, reference: null }
}

function plainName(given: Package): string {
  return baseNameOf(given.name.replace(/^stream-/, '').replace(/\.tar(\.(gz|zst|xz|bz2))?$|\.tgz$/, ''))
}
