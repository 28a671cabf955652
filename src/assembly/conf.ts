/**
 * `<name>-conf.json`: a layered image, except for its tag and compression, as a store object (docs/formats/conf.md).
 *
 * It refers to every object of the image and so protects them from `gc`; it is all that planning and streaming the image needs besides them.
 */
import type { Digest } from '../base/digest.ts'
import { canonicalJson } from '../base/document.ts'
import type { ContainerConfig, ImagePlan } from '../image/image.ts'
import type { Descriptor, History, LayerRecipe } from '../layer/layer.ts'
import { type PlanStore, planLayer } from '../layer/plan.ts'
import type { Closure } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'

/** Contents of the object. */
export interface Conf {
  readonly format: 2
  /** In Go's spelling. */
  readonly architecture: string
  readonly variant?: string
  /** RFC 3339, or "now": the time at which the image is streamed. */
  readonly created: string
  readonly config: ContainerConfig
  /** Bottom first. */
  readonly layers: readonly ConfLayer[]
  /** Complete history, present if there is a base: it may have entries without a layer. */
  readonly history?: readonly History[]
  readonly closure: ConfClosure
  /** Annotations of the manifest; absent if there are none. */
  readonly annotations?: Readonly<Record<string, string>>
  /** Limitations found while the image was assembled, one sentence each. */
  readonly notes: readonly string[]
}

/** One layer of a conf. */
export interface ConfLayer {
  readonly recipe: LayerRecipe
  readonly history: History
  /** Present for layers of a base, from its config. */
  readonly diffId?: Digest
  /** Blob of a base's layer as its source stores it, unless that is the uncompressed tar. */
  readonly packed?: Descriptor
  /** Name of the layer if it does not follow from the recipe, as in confs of format 1. */
  readonly name?: Digest
}

/** Packages that the image adds to its base, and the dependencies between them. */
export interface ConfClosure {
  /** Sorted. */
  readonly paths: readonly StorePath[]
  /** Indices in `paths` of the packages that the image was asked to contain. */
  readonly roots: readonly number[]
  /** For each path, the indices of its dependencies. */
  readonly edges: readonly (readonly number[])[]
}

/** Converts a closure to the form used in confs. */
export function confClosure({ nodes, roots, edges }: Closure): ConfClosure {
  const paths = [...nodes.keys()]
  const index = new Map(paths.map((path, at) => [path, at]))
  const indices = (of: readonly StorePath[]): number[] => of.flatMap((path) => index.get(path) ?? [])
  return { paths, roots: indices(roots), edges: paths.map((path) => indices(edges.get(path) ?? [])) }
}

/** Serialises a conf. Inverse of `readConf` (read-conf.ts). */
export function formatConf(conf: Conf): Uint8Array {
  return Buffer.from(`${canonicalJson(conf)}\n`, 'utf8')
}

/** Returns the plan of the image that a conf describes, with the given names. `now` is in RFC 3339 form. */
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
