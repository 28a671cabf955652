/** What an image is called once it is built. */
import type { Instantiation } from '../source/instantiate.ts'
import type { Package } from '../source/package.ts'

/** Name and tag of an image that was built; absent for other packages. */
export interface BuiltNames {
  /** Name of the image, without tag. */
  readonly imageName?: string
  /** Tag of the image. */
  readonly imageTag?: string
}

/** The name and tag of an image, with the real hash where the tag is the default. */
export function namesOf(target: Package, instantiated: Instantiation): BuiltNames {
  if (!('imageName' in target && 'imageTag' in target)) return {}
  return { imageName: String(target.imageName), imageTag: instantiated.replace(String(target.imageTag)) }
}
