/**
 * `<name>-conf.json`: all of a layered image but its tag and compression, as a store object (docs/formats/conf.md).
 *
 * It names every object of the image, so it keeps them; from it alone an image is planned and streamed, on any machine that has them.
 */
import type { Digest } from '../base/digest.ts'
import { canonicalJson, isPlainObject } from '../base/document.ts'
import type { ContainerConfig, ImagePlan } from '../image/image.ts'
import type { History, LayerRecipe } from '../layer/layer.ts'
import { type PlanStore, planLayer } from '../layer/plan.ts'
import type { StoreReader } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { root } from '../tree/path.ts'

/** What the object says. */
export interface Conf {
  readonly format: 1
  /** In Go's spelling. */
  readonly architecture: string
  readonly variant?: string
  /** RFC 3339, or "now": read when it is streamed. */
  readonly created: string
  readonly config: ContainerConfig
  /** Bottom first; the diff ID where a base's config states it. */
  readonly layers: readonly { readonly recipe: LayerRecipe; readonly history: History; readonly diffId?: Digest }[]
  /** The whole history, where there is a base: it may have entries without a layer. */
  readonly history?: readonly History[]
}

/** The object's bytes. Inverse of `readConf`. */
export function formatConf(conf: Conf): Uint8Array {
  return Buffer.from(`${canonicalJson(conf)}\n`, 'utf8')
}

/** Reads the object that slipway wrote. */
export function readConf(store: StoreReader, path: StorePath): Conf {
  const bytes = store.tree(path).read(root)
  const value: unknown = bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString('utf8'))
  if (isConf(value)) return value
  throw new Error(`unreachable: ${logical(path)} is no conf of format 1`)
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
    layers: conf.layers.map(({ recipe, history, diffId }) => ({
      ...planLayer(store, recipe, dated(history)),
      ...(diffId === undefined ? {} : { remembered: diffId }),
    })),
    config: {
      created,
      architecture: conf.architecture,
      ...(conf.variant === undefined ? {} : { variant: conf.variant }),
      os: 'linux',
      config: conf.config,
    },
    ...(conf.history === undefined ? {} : { history: conf.history.map(dated) }),
    names: as.names,
  }
}

/** The store is trusted: its objects are checked when they are added, so their shape is ours. */
function isConf(value: unknown): value is Conf {
  return isPlainObject(value) && value.format === 1
}
