/** Sends the layers that an engine lacks, and all layers if that fails. */
import type { Digest } from '../base/digest.ts'
import type { ImagePlan } from '../image/image.ts'
import { settle } from '../image/settle.ts'
import type { LayerPlan } from '../layer/layer.ts'
import { isEngineFailure } from './client.ts'

/** Result of a transfer. */
export interface Sent {
  /** Number of bytes sent. */
  readonly sent: number
  /** Whether all layers were sent. */
  readonly isComplete: boolean
}

/** Result of a transfer that was not needed. */
export const nothingSent: Sent = { sent: 0, isComplete: false }

/**
 * Sends the layers that an engine seems to lack, and all of them if the engine then fails: layers that it had may have been removed.
 *
 * @param send - sends images without the layers that `has` names, and returns the number of bytes.
 */
export async function sendMissing<T extends { readonly size: number }>(
  has: T,
  nothing: T,
  send: (has: T) => Promise<number>,
): Promise<Sent> {
  if (has.size === 0) return { sent: await send(nothing), isComplete: true }
  try {
    return { sent: await send(has), isComplete: false }
  } catch (thrown) {
    if (!isEngineFailure(thrown)) throw thrown
    return { sent: await send(nothing), isComplete: true }
  }
}

/** Returns the diff ID of a layer that was hashed. */
export function diffIdOf({ name, remembered }: LayerPlan): Digest {
  if (remembered === undefined) throw new Error(`unreachable: the layer ${name} was hashed`)
  return remembered
}

/** Computes the ID of an image whose layers were hashed. */
export function idOf(plan: ImagePlan): Digest {
  return settle(plan, plan.layers.map(diffIdOf)).id
}
