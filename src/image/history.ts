/**
 * An image's history: how each layer came to be (OCI image specification, config.md, "history").
 *
 * slipway writes one entry a layer, bottom first. A base image's own entries stay as they are, those without a layer too.
 */
import type { History } from '../layer/layer.ts'
import type { ImagePlan } from './image.ts'

/** The entries of a planned image, dated like the image where they have no date. */
export function historyOf(plan: ImagePlan): readonly History[] {
  return (plan.history ?? plan.layers.map((layer) => layer.history)).map((entry) => ordered(entry, plan.config.created))
}

/** How many entries stand for a layer: as many as the image has. */
export function layersIn(history: readonly History[]): number {
  return history.filter((entry) => entry.empty_layer !== true).length
}

/** The history of new layers on a base; a base that has none, or a wrong one, gets an entry for each of its layers. */
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
