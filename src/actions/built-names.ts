/** Names of images that were built. */
import type { Instantiation } from '../source/instantiate.ts'
import type { Package } from '../source/package.ts'

/** Name and tag of an image that was built; absent for other packages. */
export interface BuiltNames {
  /** Name of the image, without tag. */
  readonly imageName?: string
  /** Tag of the image. */
  readonly imageTag?: string
}

/** Returns the name and tag of an image; a default tag with the real hash. */
export function namesOf(target: Package, instantiated: Instantiation): BuiltNames {
  if (!('imageName' in target && 'imageTag' in target)) return {}
  return { imageName: String(target.imageName), imageTag: instantiated.replace(String(target.imageTag)) }
}
