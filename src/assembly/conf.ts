/**
 * `<name>-conf.json`: all of a layered image but its tag and compression, as a store object (docs/formats/conf.md).
 *
 * It names every object of the image, so it keeps them; from it alone an image is planned and streamed, on any machine that has them.
 */
import type { Digest } from '../base/digest.ts'
import { canonicalJson } from '../base/document.ts'
import type { ContainerConfig, ImagePlan } from '../image/image.ts'
import type { Descriptor, History, LayerRecipe } from '../layer/layer.ts'
import { type PlanStore, planLayer } from '../layer/plan.ts'
import type { Closure } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'

/** What the object says. */
export interface Conf {
  readonly format: 2
  /** In Go's spelling. */
  readonly architecture: string
  readonly variant?: string
  /** RFC 3339, or "now": read when it is streamed. */
  readonly created: string
  readonly config: ContainerConfig
  /** Bottom first. */
  readonly layers: readonly ConfLayer[]
  /** The whole history, where there is a base: it may have entries without a layer. */
  readonly history?: readonly History[]
  readonly closure: ConfClosure
  /** Annotations of the manifest; absent where there are none. */
  readonly annotations?: Readonly<Record<string, string>>
  /** What could not be worked out for the image, a sentence each. */
  readonly notes: readonly string[]
}

/** One layer of a conf. */
export interface ConfLayer {
  readonly recipe: LayerRecipe
  readonly history: History
  /** Where a base's config states it. */
  readonly diffId?: Digest
  /** What a base's layer is stored as where it came from, when that is not the uncompressed tar. */
  readonly packed?: Descriptor
  /** What the layer is called, where that does not follow from the recipe: in confs of format 1. */
  readonly name?: Digest
}

/** What the image adds to its base, and why: packages, and what each needs. */
export interface ConfClosure {
  /** Sorted. */
  readonly paths: readonly StorePath[]
  /** Indices in `paths`: what the image was asked to hold. */
  readonly roots: readonly number[]
  /** For each path the indices of those that it needs. */
  readonly edges: readonly (readonly number[])[]
}

/** A closure as a conf has it. */
export function confClosure({ nodes, roots, edges }: Closure): ConfClosure {
  const paths = [...nodes.keys()]
  const index = new Map(paths.map((path, at) => [path, at]))
  const indices = (of: readonly StorePath[]): number[] => of.flatMap((path) => index.get(path) ?? [])
  return { paths, roots: indices(roots), edges: paths.map((path) => indices(edges.get(path) ?? [])) }
}

/** The object's bytes. Inverse of `readConf` (read-conf.ts). */
export function formatConf(conf: Conf): Uint8Array {
  return Buffer.from(`${canonicalJson(conf)}\n`, 'utf8')
}

/** The image that a conf describes, under some names. `now` is RFC 3339. */
export function planOf(
  conf: Conf,
  store: PlanStore,
  as: { readonly names: readonly string[]; readonly now: string },
): ImagePlan {
  const created = conf.created === 'now' ? as.now : conf.created
  const dated = (entry: History): History => (entry.created === 'now' ? { ...entry, created } : entry)
  return {
    layers: conf.layers.map(({ recipe, history, diffId, packed, name }) => ({
      ...planLayer(store, recipe, dated(history), name),
      ...(diffId === undefined ? {} : { remembered: diffId }),
      ...(packed === undefined ? {} : { packed }),
    })),
    config: {
      created,
      architecture: conf.architecture,
      ...(conf.variant === undefined ? {} : { variant: conf.variant }),
      os: 'linux',
      config: conf.config,
    },
    ...(conf.history === undefined ? {} : { history: conf.history.map(dated) }),
    ...(conf.annotations === undefined ? {} : { annotations: conf.annotations }),
    names: as.names,
  }
}
