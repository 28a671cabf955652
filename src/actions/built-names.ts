/** What an image is called once it is built. */
import type { Instantiation } from '../source/instantiate.ts'
import type { Package } from '../source/package.ts'

/** Of an image, what it is called. */
export interface BuiltNames {
  readonly imageName?: string
  readonly imageTag?: string
}

/** The name and tag of an image, with the real hash where the tag is the default. */
export function namesOf(target: Package, instantiated: Instantiation): BuiltNames {
  if (!('imageName' in target && 'imageTag' in target)) return {}
  return { imageName: String(target.imageName), imageTag: instantiated.replace(String(target.imageTag)) }
}
