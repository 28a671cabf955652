/**
 * Inherits from base images: their layers, and their config as with a Dockerfile's FROM.
 */
import type { Digest } from '../base/digest.ts'
import { isPlainObject } from '../base/document.ts'
import type { LayerPlan } from '../layer/layer.ts'
import { planLayer } from '../layer/plan.ts'
import { layerRecipe } from '../layer/recipe.ts'
import type { Store } from '../store/store.ts'
import { fixedPath, type StorePath } from '../store/store-path.ts'
import type { ContainerConfig, Image, ImagePlan, NamedImage } from './image.ts'

/** Returns the store path of a layer's uncompressed archive, which is the same for every image that has the layer. */
export function layerFile(diffId: Digest): StorePath {
  return fixedPath('layer.tar', diffId)
}

/**
 * Plans the layers of an image that was read into the store: each is an unchanged file with a known diff ID.
 *
 * @param how - `keepPlain`: layers that are stored uncompressed stay so where compressed ones stay as they are.
 */
export function planBase(
  image: Image,
  store: Store,
  { keepPlain = false }: { readonly keepPlain?: boolean } = {},
): readonly LayerPlan[] {
  return image.layers.map(({ descriptor, diffId, size, history }) => {
    const path = layerFile(diffId)
    const info = store.info(path)
    if (info === undefined) throw new Error(`unreachable: the layer ${diffId} was read into the store`)
    const plan = planLayer(store, layerRecipe([{ path, as: 'layer', info }]), history)
    if (plan.remembered === undefined) store.memory.rememberLayer(plan.name, { diffId, size })
    const isPacked = keepPlain || descriptor.digest !== diffId
    return { ...plan, remembered: diffId, ...(isPacked ? { packed: descriptor } : {}) }
  })
}

/** Plans an image that was read into the store. Written again, it has the same ID. */
export function planImage(image: NamedImage, store: Store): ImagePlan {
  const { rootfs: _layers, history, ...config } = image.config.value
  return {
    layers: planBase(image, store),
    config,
    ...(history === undefined ? {} : { history }),
    names: image.names,
    known: image.config,
  }
}

/** Extent to which an image inherits the config of its base. */
export type Inheritance = 'all' | 'env'

/**
 * The config of an image on a base. Variables are merged by name, at the place of their first appearance; labels, volumes and ports are
 * merged; a new Entrypoint clears the base's Cmd; anything else that is given replaces the base's. Triggers (OnBuild) are not handed on.
 */
export function inheritConfig(base: ContainerConfig, own: ContainerConfig, how: Inheritance = 'all'): ContainerConfig {
  const env = mergedVariables(textsIn(base.Env), textsIn(own.Env))
  const variables = env.length === 0 ? {} : { Env: env }
  if (how === 'env') return { ...own, ...variables }
  const dropped = own.Entrypoint === undefined ? ['OnBuild'] : ['OnBuild', 'Cmd']
  const merged = ['Labels', 'Volumes', 'ExposedPorts'].flatMap((key) => {
    const both = { ...objectIn(base[key]), ...objectIn(own[key]) }
    return Object.keys(both).length === 0 ? [] : [[key, both] as const]
  })
  return { ...handedOn(base, dropped), ...own, ...variables, ...Object.fromEntries(merged) }
}

function mergedVariables(base: readonly string[], own: readonly string[]): readonly string[] {
  const byName = new Map([...base, ...own].map((variable) => [variable.split('=', 1)[0] ?? '', variable]))
  return [...byName.values()]
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : {}
}

function handedOn(base: ContainerConfig, dropped: readonly string[]): ContainerConfig {
  return Object.fromEntries(
    Object.entries(base).filter(([key, value]) => value !== null && value !== undefined && !dropped.includes(key)),
  )
}
