/**
 * Histories of images: the origin of each layer (OCI image specification, config.md, "history").
 *
 * slipway writes one entry for each layer, bottom first. The entries of a base image stay unchanged, including those without a layer.
 */
import type { History } from '../layer/layer.ts'
import type { ImagePlan } from './image.ts'

/** Returns the entries of a planned image; those without a date get the image's. */
export function historyOf(plan: ImagePlan): readonly History[] {
  return (plan.history ?? plan.layers.map((layer) => layer.history)).map((entry) => ordered(entry, plan.config.created))
}

/** Counts the entries that have a layer, which must be as many as the image's layers. */
export function layersIn(history: readonly History[]): number {
  return history.filter((entry) => entry.empty_layer !== true).length
}

/** Returns the history of new layers on a base; a base whose history is missing or wrong gets one entry for each layer. */
export function historyOnBase(
  base: { readonly history: readonly History[] | undefined; readonly layers: number },
  own: readonly History[],
): readonly History[] {
  const known = base.history !== undefined && layersIn(base.history) === base.layers
  const below = known ? (base.history ?? []) : Array.from({ length: base.layers }, () => ({ comment: 'base image' }))
  return [...below, ...own]
}

function ordered(entry: History, date: string | undefined): History {
  const { created = date, created_by, author, comment, empty_layer } = entry
  return {
    ...(created === undefined ? {} : { created }),
    ...(created_by === undefined ? {} : { created_by }),
    ...(author === undefined ? {} : { author }),
    ...(comment === undefined ? {} : { comment }),
    ...(empty_layer === undefined ? {} : { empty_layer }),
  }
}
