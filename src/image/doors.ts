/** How images come in and go out: one method each; transport/ implements them. */
import type { Digest } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import type { ImagePlan, NamedImage } from './image.ts'

/** What was written. Sizes are bytes. */
export interface Written {
  /** Where: the destination's name with the image's. */
  readonly reference: string
  /** The image's ID: the digest of its config. */
  readonly id: Digest
  readonly size: number
}

/** A place that takes an image. */
export interface Destination {
  readonly name: string
  write(plan: ImagePlan, watch: Watch): Promise<Written>
}

/** A place that has an image. */
export interface Origin {
  readonly name: string
  read(watch: Watch): Promise<NamedImage>
  /** All that are there, unless the place names one. */
  readAll(watch: Watch): Promise<readonly NamedImage[]>
}
