/**
 * Builds the config document, whose digest is the image's ID, from a plan and diff IDs.
 *
 * Key order is fixed, so equal images are equal bytes: created, author, architecture, variant, os, config, rootfs, history; inside
 * `config` keys are sorted. Follows config.md of the OCI image specification.
 */
import type { Digest } from '../base/digest.ts'
import { type Document, documentOf, isPlainObject } from '../base/document.ts'
import { historyOf } from './history.ts'
import type { ImageConfig, ImagePlan } from './image.ts'

/** Returns the config of a planned image whose layers have these diff IDs, bottom layer first. */
export function makeConfig(plan: ImagePlan, diffIds: readonly Digest[]): Document<ImageConfig> {
  if (diffIds.length !== plan.layers.length) throw new Error('unreachable: each layer has one diff ID')
  if (plan.known !== undefined) return plan.known
  const { created, author, architecture, variant, os, config } = plan.config
  return documentOf({
    ...(created === undefined ? {} : { created }),
    ...(author === undefined ? {} : { author }),
    architecture,
    ...(variant === undefined ? {} : { variant }),
    os,
    config: sortedDeeply(config ?? {}),
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: historyOf(plan),
  })
}

function sortedDeeply(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, isPlainObject(inner) ? sortedDeeply(inner) : inner]))
}
