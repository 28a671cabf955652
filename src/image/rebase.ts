/**
 * An image on another base: the layers of its own stay as they are, those of its base are replaced, and so is what it inherited of the
 * base's config.
 *
 * What an image inherited is what is the same in it and in the old base; everything else is its own and stays.
 */
import { isDeepStrictEqual } from 'node:util'
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { mostLayers } from '../layer/grouping/layering.ts'
import type { History, LayerPlan } from '../layer/layer.ts'
import { baseAnnotations, type PublishedBase, withoutBase } from './base-annotations.ts'
import { historyOnBase, layersIn } from './history.ts'
import type { ContainerConfig, ImageConfig, ImagePlan } from './image.ts'
import { fits, formatPlatform } from './platform.ts'

/** A base that an image is put onto. */
export interface NewBase {
  /** For messages. */
  readonly place: string
  readonly config: ImageConfig
  /** Bottom first; their diff IDs are known. */
  readonly layers: readonly LayerPlan[]
  /** Where it is in a registry, if it is in one. */
  readonly published?: PublishedBase
}

/** What is rebased. */
export interface Rebasing {
  /** For messages. */
  readonly place: string
  readonly image: ImagePlan
  /** Config of the base that the image has now. */
  readonly base: ImageConfig
  readonly onto: NewBase
}

/** Puts an image onto another base. @throws BuildError image.rebase, base.architecture, layering.too-many */
export function rebased({ place, image, base, onto }: Rebasing): ImagePlan {
  checkPlatform({ place, image, onto })
  const own = ownLayers(place, image, base)
  const layers = [...onto.layers, ...own]
  if (layers.length > mostLayers)
    fail(
      'layering.too-many',
      `${place} would have ${layers.length} layers on ${onto.place}; the limit is ${mostLayers}.`,
      {
        remedy: 'Build the image again on the new base, with fewer layers.',
      },
    )
  const { known: _known, annotations, ...rest } = image
  const { config, ...about } = image.config
  const noted = {
    ...withoutBase(annotations),
    ...(onto.published === undefined ? {} : baseAnnotations(onto.published)),
  }
  return {
    ...rest,
    layers,
    config: { ...about, config: rebasedConfig(config ?? {}, base.config ?? {}, onto.config.config ?? {}) },
    history: historyOnBase({ history: onto.config.history, layers: onto.layers.length }, ownHistory(image, base, own)),
    annotations: noted,
  }
}

/** The layers of an image that its base does not have. @throws BuildError image.rebase - the base's are not its lowest ones */
export function ownLayers(place: string, { layers }: ImagePlan, { rootfs }: ImageConfig): readonly LayerPlan[] {
  const differs = rootfs.diff_ids.findIndex((diffId, index) => layers[index]?.remembered !== diffId)
  if (differs < 0) return layers.slice(rootfs.diff_ids.length)
  return fail('image.rebase', `${place} is not based on that image: layer ${differs + 1} of the base is not in it.`, {
    remedy: 'Name the image that it is based on with --base.',
    detail: { place },
  })
}

function checkPlatform({ place, image, onto }: Omit<Rebasing, 'base'>): void {
  if (fits(onto.config, image.config)) return
  fail(
    'base.architecture',
    `${onto.place} is for ${formatPlatform(onto.config)}, and ${place} is for ${formatPlatform(image.config)}.`,
    { remedy: 'Choose a base for the platform of the image.', detail: { base: onto.place, image: place } },
  )
}

/** The entries of a history that are not the base's; where a history does not match its layers, one for each layer. */
function ownHistory(
  { history, layers }: ImagePlan,
  { history: below = [], rootfs }: ImageConfig,
  own: readonly LayerPlan[],
): readonly History[] {
  const above = history?.slice(below.length) ?? []
  const matches = layersIn(below) === rootfs.diff_ids.length && layersIn(history ?? []) === layers.length
  return matches && layersIn(above) === own.length ? above : own.map((layer) => layer.history)
}

/** Fields that hold several values, each inherited by itself. */
const merged = ['Labels', 'Volumes', 'ExposedPorts']

/** The container config of an image on another base. */
export function rebasedConfig(image: ContainerConfig, old: ContainerConfig, onto: ContainerConfig): ContainerConfig {
  const fields: Record<string, unknown> = { Env: rebasedVariables(image.Env, old.Env, onto.Env) }
  for (const key of merged) fields[key] = rebasedValues(image[key], old[key], onto[key])
  for (const key of new Set([...Object.keys(image), ...Object.keys(onto)])) {
    if (key in fields) continue
    // Triggers are not inherited (OnBuild).
    const isInherited = key !== 'OnBuild' && isDeepStrictEqual(image[key] ?? null, old[key] ?? null)
    fields[key] = isInherited ? onto[key] : image[key]
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
}

function rebasedVariables(image: unknown, old: unknown, onto: unknown): readonly string[] | undefined {
  const below = textsIn(old)
  const own = textsIn(image).filter((variable) => !below.includes(variable))
  const byName = new Map([...textsIn(onto), ...own].map((variable) => [variable.split('=', 1)[0] ?? '', variable]))
  return byName.size === 0 ? undefined : [...byName.values()]
}

function rebasedValues(image: unknown, old: unknown, onto: unknown): object | undefined {
  const below = isPlainObject(old) ? old : {}
  const own = Object.entries(isPlainObject(image) ? image : {}).filter(
    ([key, value]) => !(key in below) || !isDeepStrictEqual(below[key], value),
  )
  const values = { ...(isPlainObject(onto) ? onto : {}), ...Object.fromEntries(own) }
  return Object.keys(values).length === 0 ? undefined : values
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
