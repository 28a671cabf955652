/**
 * Splits a closure into the groups of store objects that become layers, and limits the number of layers in an image.
 *
 * `maxLayers` counts all layers of the image: those of its base, the groups, and the image's own layer (the customisation layer).
 */
import { fail } from '../../base/error.ts'
import type { Layering } from '../layer.ts'
import { dominators, type VirtualNode } from './dominators.ts'
import { type PipelineStep, pipeline } from './pipeline.ts'
import { popularity } from './popularity.ts'

/** Docker's overlay driver mounts at most 128 directories; two belong to the container and one is kept free, as in the manual. */
export const mostLayers = 125
export const defaultMaxLayers = 100

/** Layering options of an image. */
export interface LayeringRequest {
  readonly layering?: 'popularity' | 'auto'
  /** Replaces `layering` and `maxLayers`. */
  readonly pipeline?: readonly PipelineStep[]
  readonly maxLayers?: number
  readonly baseLayers: number
  /** Objects that refer to the closure but are laid out elsewhere: the config and the image's own layer ("auto" weighs them). */
  readonly virtual?: readonly VirtualNode[]
}

/** Returns the requested layering. @throws BuildError layering.max-layers - the base leaves no room. */
export function layeringFor(request: LayeringRequest): Layering {
  const { baseLayers, virtual = [] } = request
  if (request.pipeline !== undefined) return bounded(pipeline(request.pipeline), baseLayers)
  const limit = groupLimit(request.maxLayers ?? defaultMaxLayers, baseLayers)
  return request.layering === 'auto' ? dominators(limit, virtual) : popularity(limit)
}

/** Number of groups that `maxLayers` leaves: one layer is the image's own. @throws BuildError layering.max-layers */
export function groupLimit(maxLayers: number, baseLayers: number): number {
  const limit = maxLayers - 1 - baseLayers
  if (limit >= 1) return limit
  return fail(
    'layering.max-layers',
    `The base image has ${baseLayers} layers and this image adds at least 2, which is more than maxLayers ${maxLayers}.`,
    {
      remedy: `Set maxLayers to at least ${baseLayers + 2} (at most ${mostLayers}), or use a base image with fewer layers.`,
      detail: { baseLayers, maxLayers },
    },
  )
}

function bounded(layering: Layering, baseLayers: number): Layering {
  return (closure) => {
    const groups = layering(closure)
    const total = baseLayers + groups.length + 1
    if (total <= mostLayers) return groups
    return fail(
      'layering.too-many',
      `layeringPipeline gives ${groups.length} layers; with ${baseLayers} of the base image and 1 of its own the image would have ${total}; the limit is ${mostLayers}.`,
      {
        remedy: `End the pipeline with ["flatten"], ["limit_layers", ${Math.max(1, mostLayers - 1 - baseLayers)}].`,
        detail: { layers: total },
      },
    )
  }
}
