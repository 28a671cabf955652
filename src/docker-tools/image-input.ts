/**
 * Images as arguments: what `exportImage`, `mergeImages` and `imageIndex` are given, as plain data.
 *
 * An image of slipway's own is taken from its conf.json, so its archive is neither made nor unpacked for it; anything else is an archive
 * or a layout that is read.
 */

import type { Reading } from '../assembly/image-data.ts'
import { arrayOf, type Check, refuse } from '../base/check.ts'
import { isPlainObject } from '../base/document.ts'
import type { Package } from '../source/package.ts'
import { argumentOf, isPackage } from '../source/placeholder.ts'
import { baseNameOf } from './arguments.ts'
import type { Bound } from './bound.ts'
import { imageOrFile } from './layered-arguments.ts'

/** An image that is given. */
export interface ImageInput {
  /** What it is called in the store, without the endings of archives. */
  readonly named: string
  /** The conf of an image of slipway's own, the image that was pulled, else the package that holds an archive or a layout. */
  readonly source: Package
  readonly isConf: boolean
  /** Its full name, where its description says it; may hold placeholders. */
  readonly reference: string | null
  /** How an archive is read. */
  readonly reading?: Reading
}

/** An image of slipway's own, a package that is an archive, or the path of one on this machine. */
export function imageInput(bound: Bound): Check<ImageInput> {
  const given = imageOrFile(bound)
  return (value, place) => inputOf(given(value, place))
}

/** An array of at least one image. */
export function imageInputs(bound: Bound): Check<readonly ImageInput[]> {
  const some = arrayOf(imageInput(bound), 'an array of images')
  return (value, place) => {
    const images = some(value, place)
    return images.length > 0 ? images : refuse(place, value, 'an array of at least one image')
  }
}

/** Whether a package's argument is a given image. */
export function isImageInput(value: unknown): value is ImageInput {
  return isPlainObject(value) && isPackage(value.source) && typeof value.isConf === 'boolean'
}

/** A package as an image. */
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
