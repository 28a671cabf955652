/** Changes to an image since its last build: the store records the layers of each image's last build, by project and export. */
import { readConf } from '../assembly/read-conf.ts'
import { formatTime } from '../base/time.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import type { Memory } from '../store/store.ts'

/** Changes to an image since its last build. */
export interface ImageChanges {
  /** Number of layers of the image. */
  readonly layers: number
  /** Number of layers that the last build did not have. */
  readonly newLayers: number
  /** Total uncompressed size of the new layers, in bytes. */
  readonly newBytes: number
  /** Whether the store has no record of an earlier build of the image. */
  readonly isFirst: boolean
}

/** Request for the changes to an image. */
export interface ChangesOptions {
  /** Identifies the image among all that the store has built, such as its file and the name of its export. */
  readonly image: string
  /** Called when an image has been built. */
  readonly report: (changes: ImageChanges) => void
}

/** An image that was built. */
export interface BuiltLayers {
  /** String that all of its layers follow from, such as the path of its conf. */
  readonly from: string
  /** Returns its plans; called only when `from` has changed. */
  readonly plans: () => Promise<readonly ImagePlan[]>
}

const factKind = 'last-layers-2'

/** Compares the layers of an image with those of its last build, and records them for the next one. */
export async function reportChanges(built: BuiltLayers, memory: Memory, options: ChangesOptions): Promise<void> {
  const { image, report } = options
  const last = memory.fact(factKind, image)
  const [from, ...known] = last?.split('\n') ?? []
  if (from === built.from) return report({ layers: known.length, newLayers: 0, newBytes: 0, isFirst: false })
  const plans = await built.plans()
  // Different recipes may give the same bytes, which the image's users have already.
  const layers = new Map(
    plans.flatMap(({ layers: own }) =>
      own.map(({ name, size }) => [memory.layer(name)?.diffId ?? name, size] as const),
    ),
  )
  const before = new Set<string>(known)
  const sizes = [...layers].filter(([name]) => !before.has(name)).map(([, size]) => size)
  memory.rememberFact(factKind, image, [built.from, ...layers.keys()].join('\n'))
  report({
    layers: layers.size,
    newLayers: sizes.length,
    newBytes: sizes.reduce((sum, size) => sum + size, 0),
    isFirst: last === undefined,
  })
}

/** Compares the images that a package was built as, if slipway described them. */
export async function reportBuilt(recipe: Recipe, { store, now }: Workshop, options: ChangesOptions): Promise<void> {
  const confs = [recipe, ...recipe.inputs].filter(({ isConf }) => isConf === true)
  // A finished archive may have outlived its conf.
  if (confs.length === 0 || confs.some(({ path }) => store.info(path) === undefined)) return
  const plans = async (): Promise<readonly ImagePlan[]> => {
    const { planOf } = await import('../assembly/conf.ts')
    const dated = { names: [], now: formatTime(Math.floor(now.getTime() / 1000)) }
    return confs.map(({ path }) => planOf(readConf(store, path), store, dated))
  }
  await reportChanges({ from: confs.map(({ path }) => path).join(' '), plans }, store.memory, options)
}
